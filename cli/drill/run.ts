import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import Table from 'cli-table3';
import { EXIT } from '../error.js';
import { findEngine } from '../engine/find.js';
import { prepareNamespace } from '../engine/namespace.js';
import { freePort } from '../engine/free-port.js';
import { startEngine } from '../engine/start.js';
import type { DrillOptions } from './drill.js';
import { findCanaries, NOT_SEARCHED } from './canaries.js';
import { openLab, startWorker } from './lab.js';
import { rehearse } from './rehearse.js';
import { writeRunbooks } from './scenarios.js';
import { score, type Scorecard } from './score.js';

/** Everything a drill started, ended in reverse order. */
type Cleanup = (() => Promise<void>)[];

/** Runs a whole drill in a folder of its own below the current one; nothing outside it is touched. */
export async function runDrill(options: DrillOptions): Promise<void> {
  const { context, globals } = options;
  const say = (line: string): void => {
    if (!globals.quiet) context.stderr.write(`${line}\n`);
  };
  const started = context.now();
  const cleanup: Cleanup = [];
  const folder = join(
    context.cwd,
    `drill-${new Date(started).toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')}-${randomBytes(2).toString('hex')}`,
  );
  try {
    const card = await play(options, folder, say, cleanup);
    await end(cleanup);
    context.stdout.write(globals.output === 'table' ? asText(card) : `${JSON.stringify(card)}\n`);
    say(`took ${String(Math.round((context.now() - started) / 1000))} s; everything lies in ${folder}`);
    if (!card.ok) context.answer(EXIT.failed);
  } finally {
    await end(cleanup);
  }
}

async function play(options: DrillOptions, folder: string, say: (line: string) => void, cleanup: Cleanup): Promise<Scorecard> {
  const { context } = options;
  const engineAddress = `127.0.0.1:${String(await freePort())}`;
  say(`starting an emulated fleet in ${folder}`);
  const trees = options.trees.map((tree) => resolve(context.cwd, tree));
  const lab = await openLab({
    ...options,
    trees,
    folder,
    engineAddress,
    attack: options.scenario === 'contain',
    persistence: options.scenario === 'persistence',
  });
  cleanup.push(async () => {
    await lab.endFleet();
  });
  await writeRunbooks(lab.site);
  say(`${String(lab.targets.length + lab.ipmi)} BMCs answer; starting the engine and a worker`);
  const { binary } = await findEngine({ env: context.env, onLine: say });
  const engine = await startEngine({ binary, folder: join(folder, 'engine'), port: Number(engineAddress.split(':')[1]) });
  cleanup.push(() => engine.stop());
  await prepareNamespace({ address: engineAddress, namespace: 'cofferdam', retentionDays: 90 });
  const worker = await startWorker(lab);
  cleanup.push(() => worker.stop());
  const rehearsed = await rehearse({ lab, say, signal: context.interrupted, runbook: options.scenario });
  await end(cleanup);
  // Everything has ended and is written.
  return score({ ...rehearsed, canaries: await findCanaries(folder, await lab.endFleet(), NOT_SEARCHED) });
}

async function end(cleanup: Cleanup): Promise<void> {
  for (let stop = cleanup.pop(); stop !== undefined; stop = cleanup.pop()) await stop();
}

function asText(card: Scorecard): string {
  const table = new Table({ head: ['STEP', 'VERDICTS', 'SECONDS'], style: { head: [], border: [], compact: true } });
  for (const { step, verdicts } of card.steps) {
    const told = Object.entries(verdicts)
      .map(([verdict, count]) => `${String(count)} ${verdict}`)
      .join(', ');
    table.push([step, told, String(card.phases.find(({ phase }) => phase === step)?.seconds ?? 0)]);
  }
  const { planted, evidence, faults, contain, freeze, rotate, logins, attack, canaries } = card;
  return [
    table.toString(),
    `planted   ${String(planted.found)} of ${String(planted.total)} found, ${String(planted.missed)} missed, ${String(planted.false)} false`,
    ...(faults.total === 0 ? [] : [`faults    ${String(faults.asExpected)} of ${String(faults.total)} came to what was expected of them`]),
    ...(freeze.expected === 0
      ? []
      : [`freeze    ${String(freeze.found)} of ${String(freeze.expected)} things that stay open are reported`]),
    ...(rotate.expected === 0 ? [] : [`rotate    ${String(rotate.found)} of ${String(rotate.expected)} secrets that stay are reported`]),
    ...(logins.asked === 0
      ? []
      : [`logins    ${String(logins.in)} of ${String(logins.asked)} BMCs let in whoever has what the vault holds, once mended`]),
    ...(contain.asked === 0
      ? []
      : [
          `contain   ${String(contain.frozen)} of ${String(contain.asked)} asked about are frozen, ${String(contain.released)} free after the release`,
        ]),
    ...(attack === null
      ? []
      : [
          `attack    ${String(attack.attempts)} attempts, ${String(attack.refused)} refused, ${String(attack.accepted)} accepted; ${String(attack.seen)} on record in captured logs`,
        ]),
    ...card.gates.map(({ gate, state, signers }) => `gate      ${gate} ${state} by ${signers.join(', ')}`),
    `evidence  ${evidence.verdict}: ${String(evidence.series)} series, ${String(evidence.items)} items, ${String(evidence.bytes)} bytes, ${String(evidence.captured)} of ${String(evidence.advertised)} resources captured (${String(evidence.broken)} answered with an error)`,
    `canaries  ${String(canaries.searched)} passwords and tokens looked for in ${String(canaries.files)} files, found in ${String(canaries.found)}`,
    `archive   ${card.archive}`,
    `missing   ${card.missingSteps.join('; ')}`,
    card.ok ? 'DRILL OK' : `DRILL NOT OK: ${card.complaints.join('; ')}`,
    '',
  ].join('\n');
}
