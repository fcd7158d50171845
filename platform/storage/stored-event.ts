import type { RunEvent, RunEventType } from "../core/event.ts";

/** Place in the log; readers go on after it. */
export type EventCursor = number;

export interface StoredEvent {
  readonly cursor: EventCursor;
  readonly event: RunEvent;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Where to go on; the given one when there was nothing new. */
  readonly cursor: EventCursor;
  readonly more: boolean;
}

export interface EventFilter {
  readonly after?: EventCursor;
  readonly limit: number;
  readonly types?: readonly RunEventType[];
  readonly step?: string;
}
