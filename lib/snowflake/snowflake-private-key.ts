import { createPrivateKey } from "node:crypto";

/**
 * A private key as PKCS #8 PEM, from any of its usual spellings: PEM, PEM with `\n` written out, base64 of PEM, or
 * base64 of DER alone; encrypted ones with their passphrase. Throws TypeError for anything else, without its text.
 */
export function privateKeyPem(text: string, passphrase?: string): string {
  const pem = text.includes("-----BEGIN") ? text.replaceAll("\\n", "\n").trim() : pemOfBase64(text);
  try {
    const key = createPrivateKey({
      key: pem,
      format: "pem",
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    return key.export({ type: "pkcs8", format: "pem" }).toString();
  } catch {
    throw new TypeError(
      "the private key can't be read: it should be PEM or its base64, with its passphrase where it is encrypted",
    );
  }
}

function pemOfBase64(text: string): string {
  const body = text.replaceAll(/\s|\\n/g, "");
  const bytes = Buffer.from(body, "base64");
  const decoded = bytes.toString("latin1");
  if (decoded.includes("-----BEGIN")) return decoded.trim();
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  for (const label of ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]) {
    const pem = `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----`;
    if (label === "ENCRYPTED PRIVATE KEY" || isReadable(pem)) return pem;
  }
  return text;
}

function isReadable(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}
