/** What IO managers are made of. Loaded when one is made, because most commands never need it. */
export function ioParts(): Promise<typeof import("./parts.ts")> {
  return import("./parts.ts");
}
