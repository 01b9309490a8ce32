import { z } from 'zod';
import { ask, type Answer } from '../isolation/ask.js';
import type { IntegrationTerms } from '../model/site.js';
import { plain } from '../model/text.js';
import type { Credential } from '../vault/secret.js';
import { IntegrationError } from './error.js';

/** A server that BMCs log in to, as the team's own script knows it. The contract is in docs/integrations.md. */
export interface Integration {
  /** The key of the secret that the server takes now; null when it is none of ours. Changes nothing. */
  inForce(): Promise<string | null>;
  /** From now on the server takes this secret, and no longer the one before. May be repeated. Throws INTEGRATION_REFUSED when nothing was changed. */
  replace(key: string, credential: Credential): Promise<void>;
}

const LIMIT_MS = 60_000;

const statusAnswer = z.strictObject({
  version: z.literal(1),
  key: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});
const replaceAnswer = z.discriminatedUnion('accepted', [
  z.strictObject({ version: z.literal(1), accepted: z.literal(true) }),
  z.strictObject({ version: z.literal(1), accepted: z.literal(false), why: z.string().max(1000) }),
]);

export function openIntegration({ name, command }: Pick<IntegrationTerms, 'name' | 'command'>, signal: AbortSignal): Integration {
  const tell = async <Schema extends z.ZodType>(question: object, schema: Schema, secret: string | null): Promise<z.infer<Schema>> => {
    const input = `${JSON.stringify({ version: 1, integration: name, ...question })}\n`;
    const answer = await ask(command, input, { limitMs: LIMIT_MS, signal });
    requireDone(answer, name, secret);
    try {
      return schema.parse(JSON.parse(answer.stdout.toString('utf8')));
    } catch {
      // Without the cause: it may quote what the script printed, and that the secret.
      throw new IntegrationError('INTEGRATION_UNREADABLE', `${name} answered something other than docs/integrations.md says`);
    }
  };
  return {
    inForce: async () => (await tell({ act: 'status' }, statusAnswer, null)).key,
    async replace(key, { userName, password }) {
      const text = password.reveal();
      const answer = await tell({ act: 'replace', key, userName, password: text }, replaceAnswer, text);
      if (!answer.accepted) throw new IntegrationError('INTEGRATION_REFUSED', `${name} does not take it: ${without(answer.why, text)}`);
    },
  };
}

function requireDone({ ended, why }: Answer, name: string, secret: string | null): void {
  if (ended === 'done') return;
  const said = secret === null ? why : without(why, secret);
  if (ended === 'missing') throw new IntegrationError('INTEGRATION_MISSING', `${name}: ${said}`);
  throw new IntegrationError(ended === 'too-large' ? 'INTEGRATION_UNREADABLE' : 'INTEGRATION_UNREACHABLE', `${name}: ${said}`);
}

/** A script's words, unless they repeat what it was given. */
function without(text: string, secret: string): string {
  return text.includes(secret) ? 'its words repeat the secret, and nothing of them is kept' : plain(text, 200);
}
