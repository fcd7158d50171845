import { loadModules } from "../component/load-modules.ts";
import type { RunCode } from "../run/run-code.ts";
import { refuseChanged } from "./changed-definitions.ts";
import type { CodeRequest } from "./worker-code.ts";

/**
 * The code of the documents that one step needs. What component files take is loaded only where there are some. Throws
 * ChangedDefinitionsError where a document is not what it was when the run was planned.
 */
export async function stepCodeFor(request: CodeRequest): Promise<RunCode> {
  const { root, documents } = request;
  if (documents.some(({ file }) => !file.endsWith(".ts"))) {
    const { WorkerCode } = await import("./worker-code.ts");
    return await new WorkerCode().codeFor(request);
  }
  const files = documents.map(({ file }) => file);
  const { components, code } = await loadModules(root, files);
  for (const document of documents) refuseChanged(document, components);
  return {
    step: (component, name) => code.findStep(component, name),
    hook: (component, name) => code.findHook(component, name),
    resource: (component, key) => code.findResource(component, key),
    ioManager: (component, name) => code.findIoManager(component, name),
  };
}
