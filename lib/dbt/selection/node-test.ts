import type { DbtNode } from "../manifest.ts";

export type NodeTest = (node: DbtNode) => boolean;
