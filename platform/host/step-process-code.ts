import { loadModules } from "../component/load-modules.ts";
import type { ModuleFiles } from "../component/module-files.ts";
import type { RunCode } from "../run/run-code.ts";
import { refuseChanged } from "./changed-definitions.ts";
import type { CodeRequest } from "./worker-code.ts";

export interface StepCodeRequest extends CodeRequest {
  /** Files of the documents, as the run worker found them; absent where one of these is a component file. */
  readonly modules?: readonly ModuleFiles[];
}

/**
 * The code of the documents that one step needs. What component files take is loaded only where there are some. Throws
 * ChangedDefinitionsError where a document is not what it was when the run was planned.
 */
export async function stepCodeFor(request: StepCodeRequest): Promise<RunCode> {
  const { root, documents, modules } = request;
  if (modules === undefined) {
    const { WorkerCode } = await import("./worker-code.ts");
    return await new WorkerCode().codeFor(request);
  }
  const { components, code } = await loadModules(root, modules);
  for (const document of documents) refuseChanged(document, { components, problems: [] });
  return {
    step: (component, name) => code.findStep(component, name),
    hook: (component, name) => code.findHook(component, name),
    resource: (component, key) => code.findResource(component, key),
    ioManager: (component, name) => code.findIoManager(component, name),
  };
}
