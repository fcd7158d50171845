import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type StepContext, StepError } from "#platform";
import type { KubernetesSettings } from "./run-project.ts";

interface Pod {
  readonly settings: KubernetesSettings;
  readonly name: string;
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string };
  /** Text of profiles.yml. */
  readonly profiles: string | undefined;
  readonly labels: { readonly [label: string]: string };
}

/** Where a pod finds the profiles that dop made. */
export const podProfiles = "/dop/profiles";
export const podTarget = "/tmp/dop-target";

/** What is applied: a secret with variables and profiles, and the pod that runs dbt once. */
export function podManifest({ settings, name, args, env, profiles, labels }: Pod): object {
  const { image, project_dir, namespace, service_account, secrets = [], resources, node_selector } = settings;
  const metadata = { name, namespace, labels: { ...settings.labels, ...labels } };
  const files = profiles === undefined ? {} : { "profiles.yml": profiles };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    type: "Opaque",
    stringData: { ...env, ...files },
  };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 25,
      ...(service_account === undefined ? {} : { serviceAccountName: service_account }),
      ...(node_selector === undefined ? {} : { nodeSelector: node_selector }),
      containers: [
        {
          name: "dbt",
          image,
          command: ["dbt"],
          args,
          workingDir: project_dir,
          env: Object.keys(env).map((variable) => ({
            name: variable,
            valueFrom: { secretKeyRef: { name, key: variable } },
          })),
          ...(secrets.length === 0 ? {} : { envFrom: secrets.map((one) => ({ secretRef: { name: one } })) }),
          ...(resources === undefined ? {} : { resources }),
          ...(profiles === undefined
            ? {}
            : { volumeMounts: [{ name: "profiles", mountPath: podProfiles, readOnly: true }] }),
        },
      ],
      ...(profiles === undefined
        ? {}
        : {
            volumes: [
              {
                name: "profiles",
                secret: { secretName: name, items: [{ key: "profiles.yml", path: "profiles.yml" }] },
              },
            ],
          }),
    },
  };
  return { apiVersion: "v1", kind: "List", items: [secret, pod] };
}

/** Runs the pod to its end and removes it, also on failure; gives dbt's exit code. */
export async function runPod(
  step: StepContext,
  pod: Pod,
  { folder, read }: { folder: string; read(line: string): string | undefined },
): Promise<number> {
  const { settings, name } = pod;
  const client = settings.command ?? "kubectl";
  const where = [
    ...(settings.context === undefined ? [] : ["--context", settings.context]),
    ...["--namespace", settings.namespace],
  ];
  const file = join(folder, "pod.json");
  await writeFile(file, JSON.stringify(podManifest(pod), null, 2), { mode: 0o600 });
  try {
    await step.subprocess(client, [...where, "apply", "--filename", file]);
    const started = "--for=jsonpath={.status.containerStatuses[0].started}";
    await step.subprocess(client, [...where, "wait", `pod/${name}`, started, "--timeout=600s"], {
      allowFailure: true,
    });
    await step.subprocess(client, [...where, "logs", "--follow", `pod/${name}`], {
      allowFailure: true,
      stdoutText: read,
    });
    return await exitCodeOf(step, { client, where, name });
  } finally {
    // The run may be cancelled, and its pod has to go all the same.
    await removePod(client, [
      ...where,
      "delete",
      `pod/${name}`,
      `secret/${name}`,
      "--ignore-not-found",
      "--wait=false",
    ]);
  }
}

async function exitCodeOf(
  step: StepContext,
  { client, where, name }: { client: string; where: readonly string[]; name: string },
): Promise<number> {
  const terminated = "{.status.containerStatuses[0].state.terminated.exitCode}";
  await step.subprocess(
    client,
    [...where, "wait", `pod/${name}`, `--for=jsonpath=${terminated}`, "--timeout=60s"],
    {
      allowFailure: true,
    },
  );
  let answer = "";
  await step.subprocess(client, [...where, "get", `pod/${name}`, "--output", `jsonpath=${terminated}`], {
    stdoutText: (line) => {
      answer += line.trim();
      return undefined;
    },
  });
  if (/^\d+$/.test(answer)) return Number(answer);
  throw new StepError(`the pod \`${name}\` has not come to an end: its image or its place may be missing`, {
    retry: "later",
  });
}

async function removePod(client: string, args: readonly string[]): Promise<void> {
  await new Promise<void>((resolve) => {
    execFile(client, [...args], { timeout: 30_000 }, () => resolve());
  });
}
