import { Command } from 'commander';
import type { Id } from '../../lib/model/json.js';
import type { Person } from '../../lib/model/policy.js';
import { hint } from '../../lib/site/suggest.js';
import { idArgument, idArguments } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf } from '../desk.js';
import { CliError, type ExitCode } from '../error.js';
import type { Globals } from '../globals.js';
import { freshId, runOpen, type OpenOptions } from '../incident/open.js';
import { talk } from '../output/print.js';
import { text } from '../output/text.js';
import type { SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';

interface OffboardOptions extends Omit<OpenOptions, 'all' | 'runbook' | 'wait'> {
  readonly person: Id<'person'>;
}

export function newRunCommand(context: Context, run = runOffboard): Command {
  return addSignerFlags(
    new Command('run')
      .description(
        'Takes back what a person has on every BMC, or on the targets named: signs a launch of the runbook `offboard` that names the person. It finds the ' +
          'accounts and SSH keys that site.yaml lists for them, their sessions and the event subscriptions that they made; a lead approves the gate ' +
          '`change`; then accounts are disabled, keys and subscriptions taken out, sessions ended, and everything is looked at again. Never our own login, ' +
          'never the last administrator; secrets that they know are named for rotation.\n\n' +
          'Example:\n  cofferdam offboard run bob --reason "leaves on Friday" --as alice --key alice.key.asc',
      )
      .argument('<person>', 'person of site.yaml', idArgument<'person'>)
      .argument('[target...]', 'targets of the inventory (default: all)', idArguments<'target'>)
      .option('--id <incident>', 'id of the incident (default: the date and four random digits)', idArgument<'incident'>),
  ).action(
    async (person: Id<'person'>, targets: readonly Id<'target'>[], flags: SignerFlags & Pick<OffboardOptions, 'id'>, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, ...flags, person, targets, desk: deskOf(base) }));
    },
  );
}

export async function runOffboard(options: OffboardOptions): Promise<ExitCode> {
  const { site } = await openSite(options);
  const person = findPerson(site.people, options.person);
  const { accounts = [], sshKeys = [] } = person;
  if (accounts.length + sshKeys.length === 0)
    throw new CliError('USAGE', `site.yaml lists neither accounts nor sshKeys of ${person.id}: nothing could be found to be theirs`, {
      fix: `list them under people, have the policy signed again (cofferdam policy sign), and start over; docs/offboard.md`,
    });
  const incident = options.id ?? freshId(options.context.now(), 'offboard');
  const all = options.targets.length === 0;
  const code = await runOpen({ ...options, id: incident, all, runbook: 'offboard', wait: false });
  talk(options, text`what is left of ${person.id}: cofferdam offboard show ${incident}`);
  // Policy is the trust root's to sign, and a running incident keeps the one that it was opened under.
  for (const key of person.keys)
    talk(options, text`their OpenPGP key ${key} still signs: take ${person.id} out of people in site.yaml, then: cofferdam policy sign`);
  return code;
}

function findPerson(people: readonly Person[], wanted: Id<'person'>): Person {
  const found = people.find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  throw new CliError('NOT_FOUND', `site.yaml has no person ${wanted}`, {
    why: hint(
      wanted,
      people.map(({ id }) => id),
    ),
    fix: 'name somebody of people; whoever was taken out of it already must be put back first',
  });
}
