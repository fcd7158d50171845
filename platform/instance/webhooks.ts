import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { SensorSpec } from "../core/job.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Storage } from "../storage/storage.ts";
import { InstanceError } from "./instance-error.ts";
import { readSwitches, statusOf } from "./instigator-switches.ts";

/** A request to a webhook, as it waits for its sensor. */
export interface StoredDelivery {
  readonly id: string;
  readonly receivedAtMs: number;
  readonly body: string;
  readonly headers: { readonly [name: string]: string };
}

export interface WebhookRequest {
  /** As it was sent: the signature is about these very characters. */
  readonly body: string;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
}

/** Whether a request was taken; `repeated` where the same one was before. */
export interface TakenDelivery {
  readonly id: string;
  readonly repeated: boolean;
}

export interface Webhooks {
  /**
   * Stores a request for the sensor that listens under the name; resolves when it is stored.
   *
   * Throws InstanceError `unknown-webhook`, `wrong-signature`, `webhook-stopped`, `webhook-not-ready` where its secret has
   * no value, and `delivery-conflict` for a known id with another body.
   */
  receive(name: string, request: WebhookRequest): Promise<TakenDelivery>;
}

export interface WebhooksOptions {
  readonly storage: Pick<Storage, "getCursor" | "listCursors" | "swapCursor">;
  snapshot(): Promise<DefinitionsSnapshot>;
  /** The project's own, read anew each time. */
  variables(): { readonly [name: string]: string | undefined };
  now(): Temporal.Instant;
  /** Told after each delivery that is new. */
  onDelivery(): void;
}

/** Deliveries that wait, by id. */
export function waitingDeliveries(sensor: string): string {
  return `hook-waiting/${JSON.stringify(sensor)}/`;
}

/** Deliveries that were handed to their sensor, of all sensors. */
export const handledDeliveries = "hook-handled/";

export function handledDelivery(sensor: string, id: string): string {
  return `${handledDeliveries}${JSON.stringify(sensor)}/${id}`;
}

/** What stays of a delivery: enough to know it again. */
export function deliveryMark({ body, receivedAtMs }: StoredDelivery): string {
  return JSON.stringify({ hash: hashOf(body), at: receivedAtMs } satisfies DeliveryMark);
}

interface DeliveryMark {
  readonly hash: string;
  /** When it was received, in milliseconds since 1970. */
  readonly at: number;
}

/** When the delivery of a mark was received, in milliseconds since 1970. */
export function markedAt(mark: string): number {
  return (JSON.parse(mark) as DeliveryMark).at;
}

/** A signed moment may be so far from ours. */
const toleranceSeconds = 300;

export function createWebhooks({ storage, snapshot, variables, now, onDelivery }: WebhooksOptions): Webhooks {
  return {
    async receive(name, request) {
      const { definitions } = await snapshot();
      const sensor = listening(definitions.sensors, name);
      const settings = (sensor.settings ?? {}) as unknown as WebhookSensorSettings;
      const secret = variables()[settings.secret_env];
      if (secret === undefined || secret === "")
        throw new InstanceError("webhook-not-ready", `the variable ${settings.secret_env} has no value`);
      const fault = signatureFault(settings.scheme, { secret, request, now: now() });
      if (fault !== undefined) throw new InstanceError("wrong-signature", fault);
      if (statusOf(sensor, await readSwitches(storage)) === "stopped")
        throw new InstanceError("webhook-stopped", `the sensor \`${sensor.name}\` is stopped`);
      const id = deliveryId(settings, request);
      const kept = keptHeaders(request.headers);
      const delivery: StoredDelivery = {
        id,
        receivedAtMs: now().epochMilliseconds,
        body: request.body,
        headers: kept,
      };
      const handled = await storage.getCursor(handledDelivery(sensor.name, id));
      if (handled !== undefined) return repeated(id, (JSON.parse(handled) as DeliveryMark).hash, request);
      const waiting = `${waitingDeliveries(sensor.name)}${id}`;
      const value = JSON.stringify({ ...delivery, token: randomUUID() });
      if (await storage.swapCursor(waiting, { expected: null, value })) {
        onDelivery();
        return { id, repeated: false };
      }
      const other = await storage.getCursor(waiting);
      const before = other === undefined ? request.body : (JSON.parse(other) as StoredDelivery).body;
      return repeated(id, hashOf(before), request);
    },
  };
}

interface WebhookSensorSettings {
  readonly path?: string;
  readonly secret_env: string;
  readonly scheme?: "github" | "timestamped";
  readonly idempotency_header?: string;
}

function listening(sensors: readonly SensorSpec[], name: string): SensorSpec {
  const all = sensors.filter(({ kind }) => kind === "webhook");
  const pathOf = ({ settings, name: own }: SensorSpec): string => String(settings?.["path"] ?? own);
  const found = all.find((sensor) => pathOf(sensor) === name);
  if (found !== undefined) return found;
  throw new InstanceError(
    "unknown-webhook",
    `no webhook listens under \`${name}\``,
    didYouMean(name, all.map(pathOf)),
  );
}

/** What is wrong with a signature; nothing where it is right. It is compared in constant time. */
export function signatureFault(
  scheme: "github" | "timestamped" = "github",
  {
    secret,
    request: { headers, body },
    now,
  }: { readonly secret: string; readonly request: WebhookRequest; readonly now: Temporal.Instant },
): string | undefined {
  if (scheme === "github") {
    const shown = /^sha256=([0-9a-f]{64})$/i.exec(headers["x-hub-signature-256"] ?? "")?.[1];
    if (shown === undefined) return "the header X-Hub-Signature-256 holds no `sha256=` signature";
    return isSigned(shown, secret, body) ? undefined : "the signature is not that of the body";
  }
  const written = headers["x-dop-signature"] ?? headers["stripe-signature"] ?? "";
  const parts = written.split(",").map((part) => part.trim().split("="));
  const moment = parts.find(([key]) => key === "t")?.[1];
  if (moment === undefined || !/^\d{1,12}$/.test(moment))
    return "the header X-Dop-Signature holds no `t=SECONDS,v1=SIGNATURE`";
  const ageSeconds = Math.abs(now.epochMilliseconds / 1000 - Number(moment));
  if (ageSeconds > toleranceSeconds) return `the signed moment is more than ${toleranceSeconds} s from ours`;
  const signatures = parts.flatMap(([key, value]) => (key === "v1" && value !== undefined ? [value] : []));
  return signatures.some((shown) => isSigned(shown, secret, `${moment}.${body}`))
    ? undefined
    : "the signature is not that of the moment and the body";
}

function isSigned(shown: string, secret: string, text: string): boolean {
  const right = createHmac("sha256", secret).update(text).digest();
  const given = Buffer.from(shown, "hex");
  return given.length === right.length && timingSafeEqual(given, right);
}

const idHeaders = ["idempotency-key", "x-github-delivery", "webhook-id"];

/** What the sender calls it; else the hash of the body, so that the same body again is the same delivery. */
function deliveryId(
  { idempotency_header: own }: WebhookSensorSettings,
  { headers, body }: WebhookRequest,
): string {
  const names = own === undefined ? idHeaders : [own.toLowerCase()];
  const given = names.map((name) => headers[name]).find((value) => value !== undefined && value !== "");
  return given === undefined ? hashOf(body) : given.slice(0, 200);
}

function repeated(id: string, hash: string, { body }: WebhookRequest): TakenDelivery {
  if (hash === hashOf(body)) return { id, repeated: true };
  throw new InstanceError("delivery-conflict", `a delivery \`${id}\` with another body was taken before`);
}

const secretHeaders = /^(authorization|cookie|proxy-|x-hub-signature|x-dop-signature|stripe-signature)/;

function keptHeaders(headers: WebhookRequest["headers"]): WebhookRequest["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secretHeaders.test(name)));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
