import {
  type FreshnessPolicy,
  type FreshnessScope,
  freshnessScopes,
  isFreshnessPolicy,
} from "../core/freshness.ts";
import { isPlainObject } from "../core/secret.ts";
import type { AttributeType, ReportValue } from "./attribute-type.ts";
import { durationType } from "./duration-attribute.ts";

/** `{time_window: {fail_window, warn_window?}}` or `{cron: {deadline_cron, lower_bound_delta, timezone?}}`. */
export const freshnessType: AttributeType<FreshnessPolicy> = {
  name: "freshness-policy",
  written: {
    description:
      "How old is too old: `{time_window: {fail_window: 36h, warn_window: 24h}}` or `{cron: {deadline_cron: '0 9 * * *', lower_bound_delta: 2h}}`.",
    type: "object",
    minProperties: 1,
    additionalProperties: false,
    properties: {
      time_window: {
        type: "object",
        required: ["fail_window"],
        additionalProperties: false,
        properties: { fail_window: durationType.written, warn_window: durationType.written },
      },
      cron: {
        type: "object",
        required: ["deadline_cron", "lower_bound_delta"],
        additionalProperties: false,
        properties: {
          deadline_cron: { type: "string" },
          lower_bound_delta: durationType.written,
          timezone: { type: "string" },
        },
      },
      scope: { enum: freshnessScopes },
    },
  },
  isReady: isFreshnessPolicy,
  read(value, report) {
    if (!isPlainObject(value)) {
      report([], {
        code: "invalid-freshness-policy",
        message: "a freshness policy is a mapping or a template that gives one",
        hint: "for example `{time_window: {fail_window: 36h}}`",
      });
      return undefined;
    }
    const kind = kindOf(value, report);
    if (kind === undefined) return undefined;
    const scope = value["scope"];
    if (scope !== undefined && !isScope(scope)) {
      report(["scope"], {
        code: "invalid-freshness-policy",
        message: `\`scope\` is one of ${freshnessScopes.join(", ")}`,
      });
      return undefined;
    }
    const body = value[kind];
    if (!isPlainObject(body)) {
      report([kind], { code: "invalid-freshness-policy", message: `\`${kind}\` takes a mapping` });
      return undefined;
    }
    const at: ReportValue = (path, problem) => report([kind, ...path], problem);
    const policy = kind === "time_window" ? timeWindowOf(body, at) : cronOf(body, at);
    return policy === undefined || scope === undefined ? policy : { ...policy, scope };
  },
};

function kindOf(value: Record<string, unknown>, report: ReportValue): "time_window" | "cron" | undefined {
  const kinds = (["time_window", "cron"] as const).filter((kind) => value[kind] !== undefined);
  const unknown = Object.keys(value).find((key) => !["time_window", "cron", "scope"].includes(key));
  if (kinds.length === 1 && unknown === undefined) return kinds[0];
  report(unknown === undefined ? [] : [unknown], {
    code: "invalid-freshness-policy",
    message: "a freshness policy has exactly one of `time_window` and `cron`, and perhaps `scope`",
  });
  return undefined;
}

function isScope(value: unknown): value is FreshnessScope {
  return freshnessScopes.some((scope) => scope === value);
}

/** Both windows at least a minute, the warning before the failure. Reports what is wrong. */
export function timeWindowOf(
  body: Record<string, unknown>,
  report: ReportValue,
): FreshnessPolicy | undefined {
  if (hasUnknownKey(body, ["fail_window", "warn_window"], report)) return undefined;
  const failSeconds = windowOf(body, "fail_window", report);
  if (failSeconds === undefined) return undefined;
  if ((body["warn_window"] ?? undefined) === undefined) return { type: "time_window", failSeconds };
  const warnSeconds = windowOf(body, "warn_window", report);
  if (warnSeconds === undefined) return undefined;
  if (warnSeconds >= failSeconds) {
    report(["warn_window"], {
      code: "invalid-freshness-policy",
      message: "`warn_window` must be shorter than `fail_window`",
    });
    return undefined;
  }
  return { type: "time_window", failSeconds, warnSeconds };
}

/** The cron text itself is judged at the merge, where cron is known. */
export function cronOf(body: Record<string, unknown>, report: ReportValue): FreshnessPolicy | undefined {
  if (hasUnknownKey(body, ["deadline_cron", "lower_bound_delta", "timezone"], report)) return undefined;
  const deadlineCron = body["deadline_cron"];
  if (typeof deadlineCron !== "string") {
    report(["deadline_cron"], {
      code: "invalid-freshness-policy",
      message: "`deadline_cron` is a cron text",
    });
    return undefined;
  }
  const lowerBoundSeconds = windowOf(body, "lower_bound_delta", report);
  if (lowerBoundSeconds === undefined) return undefined;
  const timeZone = body["timezone"] ?? "UTC";
  if (typeof timeZone !== "string") {
    report(["timezone"], {
      code: "invalid-freshness-policy",
      message: "`timezone` is a name such as `Asia/Seoul`",
    });
    return undefined;
  }
  return { type: "cron", deadlineCron, lowerBoundSeconds, timeZone };
}

function windowOf(body: Record<string, unknown>, name: string, report: ReportValue): number | undefined {
  if (body[name] === undefined) {
    report([], { code: "missing-attribute", message: `\`${name}\` is missing` });
    return undefined;
  }
  const seconds = durationType.read(body[name], (path, problem) => report([name, ...path], problem));
  if (seconds === undefined) return undefined;
  if (seconds < 60) {
    report([name], { code: "invalid-freshness-policy", message: `\`${name}\` must be at least a minute` });
    return undefined;
  }
  return seconds;
}

function hasUnknownKey(
  body: Record<string, unknown>,
  known: readonly string[],
  report: ReportValue,
): boolean {
  const unknown = Object.keys(body).filter((key) => !known.includes(key));
  for (const key of unknown) {
    report([key], {
      code: "unknown-attribute",
      message: `there is no \`${key}\` here`,
      hint: `known: ${known.join(", ")}`,
    });
  }
  return unknown.length > 0;
}
