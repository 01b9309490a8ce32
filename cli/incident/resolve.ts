import { Command, Option } from 'commander';
import type { ParkedView } from '../../lib/model/incident.js';
import type { Digest, Id } from '../../lib/model/json.js';
import type { Resolve } from '../../lib/model/statement.js';
import type { Choice } from '../../lib/model/verdict.js';
import { idArgument, idArguments } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { noWorker } from './no-worker.js';
import { printDocument } from '../output/print.js';
import { text } from '../output/text.js';
import { openSigner, type SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { DECISION_DAYS, said } from '../statements.js';

export interface ResolveOptions extends Base, SignerFlags {
  readonly incident: Id<'incident'>;
  readonly targets: readonly Id<'target'>[];
  readonly step: Id<'step'>;
  readonly choice: Choice;
  readonly desk: () => Promise<Desk>;
}

type ResolveFlags = SignerFlags & Pick<ResolveOptions, 'step' | 'choice'>;

export function newResolveCommand(context: Context, run = runResolve): Command {
  return addSignerFlags(
    new Command('resolve')
      .description(
        'Decides by a signed statement how parked targets go on; they catch up beside the others.\n\n' +
          'retry: the same plan again. replan: look again and make a new plan, which needs a new approval. skip: leave this step out. ' +
          'abort: do nothing more to these targets.\n\nExample:\n' +
          '  cofferdam incident resolve inc-20261122-1a2b r12-u07 --step review-access --choice retry --reason "power is back" --as alice --key alice.key.asc',
      )
      .argument('<incident>', 'id of the incident', idArgument<'incident'>)
      .argument('<target...>', 'parked targets', idArguments<'target'>)
      .requiredOption('--step <step>', 'the step at which they are parked', idArgument<'step'>)
      .addOption(new Option('--choice <choice>', 'how they go on').choices(['retry', 'replan', 'skip', 'abort']).makeOptionMandatory()),
  ).action(async (incident: Id<'incident'>, targets: readonly Id<'target'>[], flags: ResolveFlags, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    context.answer(await run({ ...base, ...flags, incident, targets, desk: deskOf(base) }));
  });
}

export async function runResolve(options: ResolveOptions): Promise<ExitCode> {
  const { incident, step, choice, context } = options;
  const signer = await openSigner(options, await openSite(options), options);
  const statements = await withDesk(options.desk, async (desk) => {
    const { digest } = await desk.opened(incident);
    const view = await desk.view(incident);
    if (view === null) throw noWorker(incident);
    const delivered: Digest<'statement'>[] = [];
    for (const [retry, targets] of byRetry(parkedOnes(options, view.parked))) {
      const resolve: Resolve = {
        ...said(signer.person, incident, options.reason, context.now(), DECISION_DAYS),
        verb: 'resolve',
        launch: digest,
        step,
        choice,
        retry,
        targets,
      };
      delivered.push((await desk.deliver(incident, await signer.sign(resolve))).statement);
    }
    return delivered;
  });
  await printDocument(options, { incident, verb: 'resolve', statements }, () => [
    text`${choice} of ${options.targets.length} targets at ${step} is under way. Follow it with: cofferdam incident watch ${incident}`,
  ]);
  return EXIT.done;
}

function parkedOnes({ incident, targets, step }: ResolveOptions, parked: readonly ParkedView[]): readonly ParkedView[] {
  return [...new Set(targets)].map((target) => {
    const found = parked.find((one) => one.target === target && one.step === step);
    if (found === undefined)
      throw new CliError('NOT_PARKED', `${target} is not parked at ${step}`, {
        fix: `see which targets wait with: cofferdam incident show ${incident}`,
      });
    return found;
  });
}

/** A statement binds how often its targets were retried before, so targets with different pasts need statements of their own. */
function byRetry(parked: readonly ParkedView[]): ReadonlyMap<number, readonly Id<'target'>[]> {
  const groups = new Map<number, Id<'target'>[]>();
  for (const { retry, target } of parked) groups.set(retry, [...(groups.get(retry) ?? []), target]);
  return groups;
}
