import type { Message, MessageBody, MessageType } from "./message.ts";

/** What the two ends of a process channel say to each other; another version is refused. */
export const protocolVersion = 1;

export function createMessage<T extends MessageType>(type: T, body: MessageBody<T>, id = 0): Message {
  return { v: protocolVersion, id, type, body } as Message;
}

/**
 * A message from the process that started this one, whose bodies it need not check: it is of the same making, and the
 * schemas take longer to load than a small step to run. Throws TypeError for another version.
 */
export function trustedMessage(raw: unknown): Message {
  const message = raw as Message;
  if (message.v === protocolVersion) return message;
  throw new TypeError(`a message of version ${String(message.v)}, not ${protocolVersion}`);
}
