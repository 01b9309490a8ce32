import type { z } from 'zod';
import type { Rules } from '../model/isolation.js';
import type { CommandTerms } from '../model/isolation-terms.js';
import { plain } from '../model/text.js';
import { ask, type Answer } from './ask.js';
import type { Enforcer, WitnessFile } from './enforcer.js';
import { IsolationError } from './error.js';
import { statusAnswer, verdictAnswer } from './schema.js';
import { WITNESSES } from './witnesses.js';

/** The team's own script. Its contract, for those who write one, is in docs/isolation.md. */
export function openCommand(terms: CommandTerms, { signal }: { readonly signal: AbortSignal }): Enforcer {
  const run = (question: Question): Promise<Answer> => tell(terms, question, signal);
  const status = async (): Promise<z.infer<typeof statusAnswer>> => read(terms, statusAnswer, await run({ act: 'status' }));
  const judge = async (question: Question): Promise<void> => {
    const answer = read(terms, verdictAnswer, await run(question));
    if (!answer.accepted) throw new IsolationError('RULES_REFUSED', `${terms.name} does not take these rules: ${plain(answer.why, 200)}`);
  };
  return {
    identify: async () => `command ${terms.name} ${(await status()).identity}`,
    witness: async () => witnessOf(terms, await run({ act: 'status', witness: true })),
    inForce: async () => {
      const { rules, armed, intact } = await status();
      return { rules, armed, intact };
    },
    check: (rules) => judge({ act: 'plan', rules }),
    apply: (rules, armedForS) => judge(rules === null ? { act: 'release' } : { act: 'apply', rules, armedForS }),
  };
}

type Question =
  | { readonly act: 'status'; readonly witness?: true }
  | { readonly act: 'plan'; readonly rules: Rules }
  | { readonly act: 'apply'; readonly rules: Rules; readonly armedForS: number | null }
  | { readonly act: 'release' };

const LIMIT_MS = 60_000;

/** Runs the script once; returns what it answered, or throws with what is known of what it did. */
async function tell({ name, command }: CommandTerms, question: Question, signal: AbortSignal): Promise<Answer> {
  const answer = await ask(command, `${JSON.stringify({ version: 1, enforcer: name, ...question })}\n`, { limitMs: LIMIT_MS, signal });
  const { ended, why } = answer;
  const changes = question.act === 'apply' || question.act === 'release';
  switch (ended) {
    case 'done':
      return answer;
    case 'missing':
      throw new IsolationError('TOOL_MISSING', `${name}: ${String(command[0])}: ${why}`);
    case 'failed':
      // A script that fails while it only looks has changed nothing; one that fails in the middle of a change may have.
      if (!changes) throw new IsolationError('ENFORCER_UNREACHABLE', `${name}: ${why}`);
      throw new IsolationError(
        'ENFORCER_UNREADABLE',
        `${name}: in the middle of ${question.act} ${why}; only its status tells what it did`,
      );
    case 'too-large':
      throw new IsolationError('ENFORCER_UNREADABLE', `${name}: ${why}`);
    case 'late':
    case 'aborted':
      throw new IsolationError('ENFORCER_TIMEOUT', `${name}: ${why}`);
  }
}

function read<Schema extends z.ZodType>({ name }: CommandTerms, schema: Schema, { stdout }: Answer): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(stdout.toString('utf8')));
  } catch (cause) {
    throw new IsolationError('ENFORCER_UNREADABLE', `${name} answered something other than its contract in docs/isolation.md says`, cause);
  }
}

function witnessOf(terms: CommandTerms, answer: Answer): { readonly files: readonly WitnessFile[]; readonly missing: readonly string[] } {
  const { files } = read(terms, statusAnswer, answer);
  const how = `${terms.command.join(' ')} (status)`;
  return {
    files: [
      { name: 'status.json', how, body: answer.stdout },
      ...files.map((file) => ({ name: file.name, how: plain(file.how, 200), body: Buffer.from(file.text) })),
    ],
    missing: WITNESSES.filter((known) => !files.some(({ name }) => name.split('.')[0] === known)),
  };
}
