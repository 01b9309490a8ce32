import { Command, InvalidArgumentError } from 'commander';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { id, isId, type Id } from '../../lib/model/json.js';
import { stateFolder } from '../../lib/site/config.js';
import { initSite, type NewPerson } from '../../lib/site/init.js';
import { idArgument, idArguments } from '../arguments.js';
import type { Context } from '../context.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument } from '../output/print.js';
import { text } from '../output/text.js';
import { siteFailure } from '../site-failure.js';

export interface InitOptions extends Base {
  readonly dir: string;
  readonly name?: Id<'site'>;
  readonly person: readonly PersonFlag[];
  readonly zone: readonly Id<'zone'>[];
}

/** `alice:responder`, `bob:lead,responder`, or with a certificate of their own `carol:lead:carol.asc`. */
interface PersonFlag {
  readonly id: Id<'person'>;
  readonly roles: readonly Id<'role'>[];
  readonly certificate: string | null;
}

const ENGINE_ADDRESS = '127.0.0.1:7233';

export function newInitCommand(context: Context, run = runInit): Command {
  return new Command('init')
    .description(
      'Makes a site directory that loads: people, policy and its signature, an empty inventory, the default runbook. ' +
        'Keys go to the private state folder (--state), never into the site directory. Overwrites nothing.\n\n' +
        'Example:\n  cofferdam init my-site --person alice:responder --person bob:lead',
    )
    .argument('[dir]', 'site directory to make', '.')
    .option('--name <site>', 'name of the site (default: the directory’s)', idArgument<'site'>)
    .requiredOption(
      '--person <id:roles[:certificate]>',
      'who decides, with roles of the policy: responder opens incidents, lead opens gates; repeatable',
      personArgument,
    )
    .option('--zone <zone>', 'out-of-band network; repeatable', idArguments<'zone'>)
    .action(async (dir: string, flags: Partial<Pick<InitOptions, 'name' | 'zone'>> & Pick<InitOptions, 'person'>, command: Command) => {
      const { zone = [id<'zone'>('oob')], ...rest } = flags;
      context.answer(await run({ context, globals: command.optsWithGlobals<Globals>(), dir, zone, ...rest }));
    });
}

function personArgument(typed: string, before: readonly PersonFlag[] | undefined): readonly PersonFlag[] {
  const [person, roles = '', ...certificate] = typed.split(':');
  const named = roles.split(',').filter((role) => isId<'role'>(role));
  if (!isId<'person'>(person) || named.length === 0 || named.length !== roles.split(',').length)
    throw new InvalidArgumentError('Expected ID:ROLE[,ROLE], as alice:responder.');
  return [...(before ?? []), { id: person, roles: named, certificate: certificate.length === 0 ? null : certificate.join(':') }];
}

async function runInit(options: InitOptions): Promise<ExitCode> {
  const { context, globals } = options;
  const dir = resolve(context.cwd, options.dir);
  const name = options.name ?? nameAfter(dir);
  const named = globals.state ?? context.env['COFFERDAM_STATE'];
  const people = await Promise.all(options.person.map((flag) => newPerson(flag, context.cwd)));
  const zones = options.zone.map((zone) => ({ id: zone, title: zone }));
  try {
    const state = stateFolder(named === undefined ? undefined : resolve(context.cwd, named), name);
    const engineAddress = globals.address ?? ENGINE_ADDRESS;
    const made = await initSite({ dir, state, name, people, zones, targets: [], engineAddress, drill: false });
    await printDocument(options, made, () => [
      text`site directory ${made.dir}: keep it in git`,
      text`state folder ${made.state}: private, for desk and workers of this machine`,
      ...Object.entries(made.keyFiles).map(([person, file]) => text`  key of ${person}: ${file}; move it to that person’s own machine`),
      text`evidence of this site is verified with ${made.collectorCertificate}`,
      text`next: describe your BMCs in ${made.dir}/inventory.yaml, then cofferdam engine start`,
    ]);
    return EXIT.done;
  } catch (cause) {
    throw siteFailure(cause, dir);
  }
}

function nameAfter(dir: string): Id<'site'> {
  const name = basename(dir).toLowerCase();
  if (isId<'site'>(name)) return name;
  throw new CliError('USAGE', `the directory's name ${name} cannot name a site`, {
    fix: 'name it with --name: 1 to 48 characters a-z, 0-9 and "-"',
  });
}

async function newPerson({ id: person, roles, certificate }: PersonFlag, cwd: string): Promise<NewPerson> {
  if (certificate === null) return { id: person, name: person, roles };
  try {
    return { id: person, name: person, roles, certificate: await readFile(resolve(cwd, certificate), 'utf8') };
  } catch (cause) {
    throw new CliError('KEY_UNREADABLE', `the certificate ${certificate} cannot be read`, {
      fix: 'name an armored public key (gpg --armor --export)',
      cause,
    });
  }
}
