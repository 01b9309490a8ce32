import type { Answer } from './types.js';

/** Shorter ones stand in many a body by chance, and refusing those would cost evidence. */
const SHORTEST = 8;

/** Whether an answer holds a secret of ours: as it is, in JSON's escapes, in the base64 of Basic, or under gzip. */
export function echoesSecret({ body, json, headers }: Pick<Answer, 'body' | 'json' | 'headers'>, secrets: readonly string[]): boolean {
  const needles = secrets.filter((secret) => secret.length >= SHORTEST).flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  if (needles.length === 0) return false;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const isIn = (text: string): boolean => needles.some((needle) => text.includes(needle));
  if (needles.some((needle) => bytes.includes(needle)) || Object.values(headers).some(isIn)) return true;
  // Escapes and compression hide from a look at the bytes what a reader of the evidence would see.
  return (bytes.includes('\\') || headers['content-encoding'] !== undefined) && isIn(JSON.stringify(json));
}
