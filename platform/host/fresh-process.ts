import type { HostedProcess } from "./hosted-process.ts";
import type { Message, MessageBody } from "./message.ts";

export interface StepProcessesOptions
  extends Pick<
    MessageBody<"startStep">,
    "root" | "environment" | "valuesFolder" | "filesFolder" | "attachmentBytes" | "known" | "documents"
  > {
  /** Processes that wait with the platform loaded; as many as there are processors unless given. */
  readonly spares?: number;
}

/** A process that nobody has used yet: it serves one attempt, because what user code leaves behind cannot be seen. */
export interface FreshProcess {
  readonly process: HostedProcess;
  use(user: ProcessUser): void;
}

export interface ProcessUser {
  onMessage(message: Message): void;
  onOutput(stream: "stdout" | "stderr", line: string): void;
}
