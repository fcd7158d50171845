import { endText } from "./code-host.ts";
import { createHostedProcess, type HostedProcess, type ProcessEnd } from "./hosted-process.ts";
import type { Message, MessageBody } from "./message.ts";

export interface EvaluatorsOptions {
  readonly root: string;
  /** A line that user code wrote. */
  onOutput(stream: "stdout" | "stderr", line: string): void;
}

type Kind = "evaluateSensor" | "evaluateCondition";
type Answer<K extends Kind> = MessageBody<K extends "evaluateSensor" ? "sensorResult" : "conditionResult">;

/** Calls functions of sensors and conditions in processes of their own. */
export interface Evaluators extends AsyncDisposable {
  /**
   * Asks one function. Code of another `generation` is another process; what is under way in an old one ends there.
   * Throws EvaluationError for one that hangs, ends its process, or writes without an end.
   */
  ask<K extends Kind>(kind: K, body: MessageBody<K>, generation: string): Promise<Answer<K>>;
}

/** A function that gave no answer, and why. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}

const mostProcesses = 4;
const mostAtOnce = 16;
/** A process in which something takes longer is asked for nothing more: it may not answer at all. */
const briskMs = 2_000;
const idleMs = 300_000;
/** Characters that a process may write while it evaluates, and lines of them that are told. */
const mostWritten = 4_000_000;
const mostLines = 200;

interface Asking {
  readonly name: string;
  readonly startedAt: number;
  readonly settle: (outcome: Outcome) => void;
}

type Outcome = { readonly answer: Message["body"] } | { readonly lost: Loss };

/** A place in a process that is taken. */
interface Seat {
  readonly evaluator: Evaluator;
  readonly id: number;
  readonly asking: Asking;
  readonly outcome: Promise<Outcome>;
  readonly isAlone: boolean;
}

/** Why a process is gone, and whose fault it is where that is known. */
interface Loss {
  readonly reason: string;
  readonly by?: Asking;
}

interface Evaluator {
  readonly generation: string;
  readonly process: HostedProcess;
  readonly warm: Promise<unknown>;
  readonly asked: Map<number, Asking>;
  isAlone: boolean;
  written: number;
  lines: number;
  loss: Loss | undefined;
  idle: NodeJS.Timeout | undefined;
}

export function createEvaluators(options: EvaluatorsOptions): Evaluators {
  const pool = new EvaluatorPool(options);
  return {
    ask: (kind, body, generation) => pool.ask(kind, body, generation) as never,
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

class EvaluatorPool {
  readonly #options: EvaluatorsOptions;
  readonly #evaluators = new Set<Evaluator>();
  /** Those that hung or ended a process: they are asked alone, so that they hold nobody up. */
  readonly #suspects = new Set<string>();
  #waiting: (() => void)[] = [];
  #nextId = 1;
  #closed = false;

  constructor(options: EvaluatorsOptions) {
    this.#options = options;
  }

  async ask(kind: Kind, body: MessageBody<Kind>, generation: string): Promise<Message["body"]> {
    const name = `${kind} ${body.name}`;
    for (;;) {
      const seat = await this.#seat(name, generation);
      const outcome = await this.#send(seat, { kind, body });
      if ("answer" in outcome) {
        this.#suspects.delete(name);
        return outcome.answer;
      }
      const { reason, by } = outcome.lost;
      // Whoever was only near it is asked again.
      const isOwn = by === undefined ? seat.isAlone : by.name === name;
      if (isOwn || by === undefined) this.#suspects.add(name);
      if (isOwn || this.#closed) throw new EvaluationError(reason);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await Promise.all([...this.#evaluators].map(({ process }) => process[Symbol.asyncDispose]()));
  }

  async #seat(name: string, generation: string): Promise<Seat> {
    const alone = this.#suspects.has(name);
    for (;;) {
      if (this.#closed) throw new EvaluationError("the process that evaluates is being closed");
      this.#retire(generation);
      const evaluator = this.#choose(generation, alone);
      if (evaluator !== undefined) return this.#take(evaluator, { name, alone });
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  #choose(generation: string, alone: boolean): Evaluator | undefined {
    const own = [...this.#evaluators].filter(
      (one) => one.generation === generation && one.loss === undefined,
    );
    const now = performance.now();
    const isFree = ({ asked, isAlone }: Evaluator): boolean =>
      asked.size === 0 ||
      (!alone &&
        !isAlone &&
        asked.size < mostAtOnce &&
        [...asked.values()].every(({ startedAt }) => now - startedAt < briskMs));
    return own.find(isFree) ?? (own.length < mostProcesses ? this.#start(generation) : undefined);
  }

  /** At once, before anybody else chooses. */
  #take(evaluator: Evaluator, { name, alone }: { readonly name: string; readonly alone: boolean }): Seat {
    const id = this.#nextId++;
    const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
    const asking: Asking = { name, startedAt: performance.now(), settle: resolve };
    evaluator.asked.set(id, asking);
    evaluator.isAlone = alone;
    clearTimeout(evaluator.idle);
    return { evaluator, id, asking, outcome, isAlone: alone };
  }

  /** Ends processes of older code that have nothing to do. */
  #retire(generation: string): void {
    for (const one of this.#evaluators)
      if (one.generation !== generation && one.asked.size === 0)
        this.#end(one, { reason: "its code is old" });
  }

  async #send(
    { evaluator, id, asking, outcome: promised }: Seat,
    { kind, body }: { readonly kind: Kind; readonly body: MessageBody<Kind> },
  ): Promise<Outcome> {
    await evaluator.warm;
    evaluator.process.send(kind, body, id);
    const deadline = setTimeout(() => {
      const reason = `it did not answer within ${body.deadlineMs / 1000} s`;
      this.#end(evaluator, { reason, by: asking });
    }, body.deadlineMs);
    const outcome = await promised;
    clearTimeout(deadline);
    evaluator.asked.delete(id);
    if (evaluator.asked.size === 0 && evaluator.loss === undefined) this.#rest(evaluator);
    this.#wake();
    return outcome;
  }

  #rest(evaluator: Evaluator): void {
    evaluator.written = 0;
    evaluator.lines = 0;
    evaluator.isAlone = false;
    evaluator.idle = setTimeout(() => this.#end(evaluator, { reason: "it was idle" }), idleMs).unref();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #end(evaluator: Evaluator, loss: Loss): void {
    evaluator.loss ??= loss;
    evaluator.process.kill();
  }

  #start(generation: string): Evaluator {
    const { promise: warm, resolve } = Promise.withResolvers<void>();
    const { root, onOutput } = this.#options;
    const evaluator: Evaluator = {
      generation,
      warm,
      asked: new Map(),
      isAlone: false,
      written: 0,
      lines: 0,
      loss: undefined,
      idle: undefined,
      process: createHostedProcess({
        entry: "evaluation-process.ts",
        root,
        onOutput: (stream, line) => {
          evaluator.written += line.length + 1;
          if (evaluator.written > mostWritten) this.#end(evaluator, this.#flood(evaluator));
          else if (evaluator.lines++ < mostLines) onOutput(stream, line);
        },
        onMessage(message) {
          if (message.type === "loaded") resolve();
          else if (message.type === "log") onOutput("stderr", message.body.message);
          else evaluator.asked.get(message.id)?.settle({ answer: message.body });
        },
      }),
    };
    void evaluator.process.ended.then((end: ProcessEnd) => {
      clearTimeout(evaluator.idle);
      this.#evaluators.delete(evaluator);
      resolve();
      const lost = evaluator.loss ?? { reason: `its process ${endText(end)}` };
      evaluator.loss = lost;
      for (const { settle } of evaluator.asked.values()) settle({ lost });
      this.#wake();
    });
    this.#evaluators.add(evaluator);
    return evaluator;
  }

  #flood({ asked }: Evaluator): Loss {
    const [only, ...others] = asked.values();
    const reason = `it wrote more than ${mostWritten / 1_000_000} MB of output`;
    return only === undefined || others.length > 0 ? { reason } : { reason, by: only };
  }
}
