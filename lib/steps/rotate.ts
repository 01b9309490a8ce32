import { ownAccount } from './accounts.js';
import { tryOldTokens } from './dead-token.js';
import { StepError } from './error.js';
import { endSessions, readAccounts } from './freeze/accounts.js';
import { accountsOf } from './break-glass/accounts.js';
import { lookAround } from './freeze/ground.js';
import { joined, type Numberless, type OwnSecret, type Proposal, type SectionProposal, type Survey } from './planning.js';
import { endBootstrap } from './rotate/bootstrap.js';
import { heldSecrets } from './rotate/held.js';
import { renewIntegrations } from './rotate/integrations.js';
import { replaceLogin } from './rotate/replace.js';
import { passwordRules } from './rotate/rules.js';
import { rotateListed } from './rotate/service.js';
import { sharedAndBurned } from './rotate/shared.js';
import { rotateSnmp } from './rotate/snmp.js';

/**
 * Gives our own login and every account that the inventory lists with a secret a new one that no other BMC shares, and ends every session but ours
 * afterwards, since a session outlives the password it was opened with; then closes what else a secret opens. The new secret is in the vault before the BMC hears of it, and current there
 * only after it was seen to work and the old one to be refused; in between the executor knows which of the two to use, so that no crash locks anybody
 * out. Our own comes first: the others are given through it.
 */
export async function rotate(survey: Survey, _kept: unknown, secret: OwnSecret): Promise<Proposal> {
  const ground = await lookAround(survey);
  const accounts = await readAccounts(survey, ground.root);
  const account = ownAccount(accounts, survey.own.userName);
  if (account === undefined)
    throw new StepError(
      'UNSUPPORTED',
      `${survey.target.id} lists no account of ours: a directory vouches for it, and its password is changed there`,
    );
  const rules = await passwordRules(survey, ground);
  const own = await replaceLogin(survey, ground, { account, secret, rules, users: survey.target.usedBy.join(', '), holders: [] });
  const others = accountsOf(survey, secret, 'day-to-day');
  const secrets = [secret, ...others.accounts, ...(secret.snmp === null ? [] : [secret.snmp])];
  // Until the gate is open somebody may come with the old secret, and stay with their token.
  const sessions = await endSessions(survey, ground, 'until-then');
  const listed = await rotateListed(survey, ground, accounts, { secret: others, rules });
  return joined([
    { operations: [], findings: secrets.flatMap((one) => sharedAndBurned(survey, ground.root, one)), sections: [own] },
    listed,
    {
      operations: [],
      findings: sessions.findings.filter(({ code }) => code === 'TOKENS_UNTRIED'),
      sections: sessions.operations.map(alone),
      last: tryOldTokens(sessions.last ?? [], [own, ...(listed.sections ?? [])]),
    },
    renewIntegrations(survey, ground, secret.integrations),
    await endBootstrap(survey, ground, accounts),
    // Last: what nobody can show there keeps nothing else from being done.
    await rotateSnmp(survey, ground, secret),
    await heldSecrets(survey, ground),
  ]);
}

function alone(one: Numberless): SectionProposal {
  return { operations: [one], always: [] };
}
