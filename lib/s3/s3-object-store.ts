import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import { type ObjectStore, StepError } from "#platform";

export interface S3Settings {
  readonly bucket: string;
  readonly region?: string;
  /** Another service with the protocol of S3; buckets are then part of the path. */
  readonly endpoint_url?: string;
  /** Without a key the SDK looks for credentials: variables, profiles, the machine's role. */
  readonly access_key_id?: string;
  readonly secret_access_key?: string;
  readonly session_token?: string;
}

/** S3 takes at most 10,000 parts of an object, each of 5 MB or more. */
const mostParts = 10_000;
const smallestPart = 8 << 20;

/**
 * A bucket of S3 or of a service like it. An object is replaced when its last part is there; parts of an upload that
 * failed are removed. The SDK repeats what AWS documents as safe to repeat, up to five times.
 */
export function s3ObjectStore(settings: S3Settings): ObjectStore {
  const { bucket: Bucket } = settings;
  let opened: Promise<S3Client> | undefined;
  const client = () => {
    opened ??= openClient(settings);
    return opened;
  };
  return {
    urlOf: (key) => `s3://${Bucket}/${key}`,
    async upload(key, file, signal) {
      const { Upload } = await import("@aws-sdk/lib-storage");
      const partSize = Math.max(smallestPart, Math.ceil((await stat(file)).size / mostParts));
      await told(signal, async () => {
        const body = createReadStream(file);
        const upload = new Upload({
          client: await client(),
          params: { Bucket, Key: key, Body: body },
          partSize,
          queueSize: 2,
        });
        const onAbort = () => void upload.abort();
        signal.addEventListener("abort", onAbort, { once: true });
        try {
          signal.throwIfAborted();
          await upload.done();
        } finally {
          signal.removeEventListener("abort", onAbort);
          body.destroy();
        }
      });
    },
    download: (key, file, signal) =>
      told(signal, async () => {
        const { GetObjectCommand } = await import("@aws-sdk/client-s3");
        try {
          const s3 = await client();
          const found = await s3.send(new GetObjectCommand({ Bucket, Key: key }), { abortSignal: signal });
          await pipeline(found.Body as Readable, createWriteStream(file), { signal });
          return true;
        } catch (error) {
          if (isNamed(error, "NoSuchKey")) return false;
          throw error;
        }
      }),
    list: (folder, signal) =>
      told(signal, async () => {
        const { paginateListObjectsV2 } = await import("@aws-sdk/client-s3");
        const prefix = `${folder}/`;
        const names: string[] = [];
        const pages = paginateListObjectsV2(
          { client: await client() },
          { Bucket, Prefix: prefix, Delimiter: "/" },
          { abortSignal: signal },
        );
        for await (const { Contents = [] } of pages) {
          for (const { Key } of Contents) if (Key !== undefined) names.push(Key.slice(prefix.length));
        }
        return names;
      }),
    async release() {
      (await opened)?.destroy();
      opened = undefined;
    },
  };
}

async function openClient(settings: S3Settings): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const { region, endpoint_url, access_key_id, secret_access_key, session_token } = settings;
  return new S3Client({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
    ...(region === undefined ? {} : { region }),
    ...(endpoint_url === undefined
      ? {}
      : {
          endpoint: endpoint_url,
          forcePathStyle: true,
          // Many of these services do not know the newer checksums.
          requestChecksumCalculation: "WHEN_REQUIRED",
          responseChecksumValidation: "WHEN_REQUIRED",
          ...(region === undefined ? { region: "us-east-1" } : {}),
        }),
    ...(access_key_id === undefined || secret_access_key === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: access_key_id,
            secretAccessKey: secret_access_key,
            ...(session_token === undefined ? {} : { sessionToken: session_token }),
          },
        }),
  });
}

/** Makes of what the SDK throws a StepError that says whether trying again may help. */
async function told<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode;
    const isRefused =
      status !== undefined && status >= 400 && status < 500 && status !== 429 && status !== 408;
    const isSetting = /Credentials|Region is missing|InvalidEndpoint/.test(`${name} ${message}`);
    throw new StepError(`S3: ${name}: ${message}`, {
      retry: isRefused || isSetting ? "never" : "later",
      cause: error,
    });
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
