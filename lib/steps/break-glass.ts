import { accountsOf } from './break-glass/accounts.js';
import { judgeFitness } from './break-glass/fitness.js';
import { tryOldTokens } from './dead-token.js';
import { endSessions, readAccounts } from './freeze/accounts.js';
import { lookAround } from './freeze/ground.js';
import { finding, type OwnSecret, type Proposal, type Survey } from './planning.js';
import { passwordRules } from './rotate/rules.js';
import { rotateListed } from './rotate/service.js';
import { sharedAndBurned } from './rotate/shared.js';

/**
 * The accounts for the day on which everything else is down: are they there and fit, and a new secret for each, sealed to those who hold it before the
 * BMC takes it. A step of its own, so that a site can have other people decide about it than about other secrets.
 */
export async function breakGlass(survey: Survey, _kept: unknown, secret: OwnSecret): Promise<Proposal> {
  const ground = await lookAround(survey);
  const held = accountsOf(survey, secret, 'break-glass');
  if (held.accounts.length === 0) return { operations: [], findings: [none(survey, ground)] };
  const accounts = await readAccounts(survey, ground.root);
  const rules = await passwordRules(survey, ground);
  const { sections = [], findings, ...rest } = await rotateListed(survey, ground, accounts, { secret: held, rules });
  const sessions = await endSessions(survey, ground, 'until-then');
  return {
    ...rest,
    operations: [],
    findings: [
      ...judgeFitness(survey, accounts),
      ...held.accounts.flatMap((one) => sharedAndBurned(survey, ground.root, one)),
      ...findings,
      ...sessions.findings.filter(({ code }) => code === 'TOKENS_UNTRIED'),
    ],
    last: tryOldTokens(sessions.last ?? [], sections),
    sections: [...sections, ...sessions.operations.map((one) => ({ operations: [one], always: [] }) as const)],
  };
}

function none(survey: Survey, { root }: Awaited<ReturnType<typeof lookAround>>): Proposal['findings'][number] {
  const advice = `no account of ${survey.target.id} has holders in the inventory; with vault, directory and engine down nobody would get in: set one up`;
  return finding(survey, 'NO_BREAK_GLASS', root, advice);
}
