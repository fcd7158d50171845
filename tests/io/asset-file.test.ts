import { sep } from "node:path";
import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import {
  assetFile,
  fileNameOf,
  isShortened,
  partitionOfName,
  sliceName,
} from "../../platform/io/asset-file.ts";
import { randomText } from "./random-text.ts";

const file = (asset: string, partition?: string) =>
  assetFile("/data", { asset: asset as AssetKey, partition, extension: "parquet" });

test.for([
  { asset: "raw/orders", path: "/data/raw/orders/_.parquet" },
  { asset: "raw/orders", partition: "2026-01-01", path: "/data/raw/orders/2026-01-01.parquet" },
  { asset: "raw/orders", partition: "2026-01-01-05:00", path: "/data/raw/orders/2026-01-01-05%3A00.parquet" },
  {
    asset: "a",
    partition: '{"day":"2026-01-01","region":"eu"}',
    path: "/data/a/day=2026-01-01,region=eu.parquet",
  },
  { asset: "a", partition: "_", path: "/data/a/%5F.parquet" },
  { asset: "a", partition: "../../etc/passwd", path: "/data/a/%2E.%2F..%2Fetc%2Fpasswd.parquet" },
  { asset: "../..", path: "/data/%2E%2E/%2E%2E/_.parquet" },
])("$asset $partition lies in $path", ({ asset, partition, path }) => {
  expect(file(asset, partition)).toBe(path);
});

test("no key leaves the folder and no two share a file, whatever they hold", () => {
  const random = randomText(7);
  const seen = new Map<string, string>();
  for (let round = 0; round < 5000; round++) {
    const asset = Array.from({ length: 1 + (round % 3) }, () => random(12).replaceAll("/", "") || "x").join(
      "/",
    );
    const partition = round % 4 === 0 ? undefined : random(round % 100 === 1 ? 400 : 12) || "x";
    const identity = JSON.stringify([asset, partition]);
    const path = file(asset, partition);
    expect(path.startsWith(`/data${sep}`)).toBe(true);
    expect(path.split(sep).every((part) => part.length <= 255 && part !== ".." && part !== ".")).toBe(true);
    expect(path).toMatch(/^[A-Za-z0-9_.,=%/-]+$/);
    expect(seen.get(path) ?? identity).toBe(identity);
    seen.set(path, identity);
  }
});

test("texts that differ only late have different file names", () => {
  expect(fileNameOf(`${"a".repeat(500)}1`)).not.toBe(fileNameOf(`${"a".repeat(500)}2`));
});

test("the name of a slice's file tells its partition, whatever the key holds", () => {
  const random = randomText(23);
  const multiKey = () => JSON.stringify({ day: random(20), "re=gi,on": random(20) });
  for (let round = 0; round < 3000; round++) {
    const key =
      round % 3 === 0 ? multiKey() : round % 50 === 1 ? `\ud800${random(5)}\udc00\ud801` : random(30);
    const name = sliceName(key);
    if (!isShortened(name)) expect(partitionOfName(name)).toBe(key);
  }
});

test("halves of characters do not share a file", () => {
  expect(sliceName("\ud800")).not.toBe(sliceName("\ud801"));
});
