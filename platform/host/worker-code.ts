import { loadProject } from "../component/load-project.ts";
import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { CustomConditionDefinition } from "../define/condition-definition.ts";
import type { SensorFunction } from "../define/sensor-function.ts";
import type { RunCode } from "../run/run-code.ts";
import { refuseChanged } from "./changed-definitions.ts";
import type { MessageBody } from "./message.ts";

type Documents = MessageBody<"startRun">["documents"];
type Loaded = Awaited<ReturnType<typeof loadProject>>;

export interface CodeRequest {
  readonly root: string;
  readonly environment?: string | undefined;
  readonly variables: { readonly [name: string]: string | undefined };
  /** Documents with the hashes that they had when the run was planned. */
  readonly documents: Documents;
}

/** The code that is called from tick to tick; `undefined` where the component does not define it. */
export interface EvaluatedCode {
  sensor(component: ComponentId, name: string): SensorFunction | undefined;
  condition(component: ComponentId, name: string): CustomConditionDefinition | undefined;
}

/** The code of the documents that the runs of one worker need, each built once. */
export class WorkerCode {
  readonly #loaded = new Map<string, Loaded>();

  /** Throws ChangedDefinitionsError where a document is not what it was when the run was planned. */
  async codeFor(request: CodeRequest): Promise<RunCode & EvaluatedCode> {
    const missing = request.documents.filter(
      ({ file, document }) => !this.#loaded.has(`${file}#${document}`),
    );
    if (missing.length > 0 || request.documents.length === 0) {
      const { root, environment, variables } = request;
      const loaded = await loadProject({
        root,
        variables,
        only: missing.map(({ file, document }) => ({ file, document, type: "" })),
        needsCode: true,
        ...(environment === undefined ? {} : { environment }),
      });
      for (const { file, document } of missing) this.#loaded.set(`${file}#${document}`, loaded);
    }
    for (const document of request.documents) {
      const { file } = document;
      const loaded = this.#loaded.get(`${file}#${document.document}`);
      refuseChanged(document, loaded?.project ?? { components: [], problems: [] });
    }
    const of = (component: ComponentId) => this.#loaded.get(`${component.file}#${component.document}`)?.code;
    return {
      step: (component, name) => of(component)?.findStep(component, name),
      hook: (component, name) => of(component)?.findHook(component, name),
      resource: (component, key) => of(component)?.findResource(component, key),
      ioManager: (component, name) => of(component)?.findIoManager(component, name),
      sensor: (component, name) => of(component)?.findSensorFunction(component, name),
      condition: (component, name) => of(component)?.findCondition(component, name),
    };
  }
}
