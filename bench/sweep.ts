import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createDataConverter } from '../lib/codec/data-converter.js';
import { findEngine } from '../cli/engine/find.js';
import { freePort } from '../cli/engine/free-port.js';
import { prepareNamespace } from '../cli/engine/namespace.js';
import { startEngine } from '../cli/engine/start.js';
import { openLab, startWorker } from '../cli/drill/lab.js';
import { rehearse } from '../cli/drill/rehearse.js';
import { findCanaries, NOT_SEARCHED } from '../cli/drill/canaries.js';
import { score } from '../cli/drill/score.js';
import { readCodecKey } from '../lib/site/config.js';
import { print, round, type Figure } from './report.js';

/**
 * Many small targets through triage and review, end to end: fleet, engine, worker and desk as real processes. The engine's own cost is
 * its CPU time, so that a noisy machine matters little; the smaller sweep of the same run is the yardstick for the larger.
 */
const SMALL = 100;
const LARGE = 1_000;
const RUNBOOK = `version: 1
name: sweep
title: Triage and review, without the full capture
phases:
  - step: triage
  - step: review-access
    gate: change
`;

interface Measured {
  readonly targets: number;
  readonly wrong: number;
  readonly largestHistory: number;
  readonly workerRssMb: number;
  readonly engineMsPerTarget: number;
  readonly wallMsPerTarget: number;
}

const small = await measure(SMALL);
const large = await measure(LARGE);
print(figuresOf(small, large), process.argv.slice(2));

async function measure(targets: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-bench-'));
  const say = (line: string): void => {
    process.stderr.write(`${String(targets)}: ${line}\n`);
  };
  const engineAddress = `127.0.0.1:${String(await freePort())}`;
  const lab = await openLab({
    folder: join(folder, 'lab'),
    targets,
    trees: [],
    profile: 'small',
    seed: 1,
    latencyMs: 0,
    faults: [],
    attack: false,
    ipmi: 0,
    engineAddress,
  });
  await writeFile(join(lab.site, 'runbooks', 'sweep.yaml'), RUNBOOK);
  const { binary } = await findEngine({ env: process.env, onLine: say });
  const engine = await startEngine({ binary, folder: join(folder, 'engine'), port: Number(engineAddress.split(':')[1]) });
  await prepareNamespace({ address: engineAddress, namespace: 'cofferdam', retentionDays: 90 });
  const worker = await startWorker(lab);
  let rss = 0;
  const watch = setInterval(() => {
    rss = Math.max(rss, rssMb(worker.pid));
  }, 200);
  const before = cpuMs(engine.pid);
  const started = performance.now();
  try {
    const rehearsed = await rehearse({ lab, say, signal: new AbortController().signal, runbook: 'sweep' });
    const wall = performance.now() - started;
    const engineMs = cpuMs(engine.pid) - before;
    const canaries = await findCanaries(folder, await lab.endFleet(), NOT_SEARCHED);
    const card = score({ ...rehearsed, canaries });
    say(card.ok ? 'as expected' : card.complaints.join('; '));
    const done = Math.min(...card.steps.map(({ verdicts }) => verdicts['done'] ?? 0));
    return {
      targets,
      wrong: targets - done + card.planted.missed + card.planted.false,
      largestHistory: await largestHistory(engineAddress, lab.state),
      workerRssMb: rss,
      engineMsPerTarget: engineMs / targets,
      wallMsPerTarget: wall / targets,
    };
  } finally {
    clearInterval(watch);
    await worker.stop();
    await engine.stop();
    await lab.fleet.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function largestHistory(address: string, state: string): Promise<number> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace: 'cofferdam', dataConverter: createDataConverter(await readCodecKey(state)) });
  let largest = 0;
  for await (const execution of client.workflow.list()) largest = Math.max(largest, execution.historyLength);
  await connection.close();
  return largest;
}

/** User and system time of a process so far, from /proc (clock ticks of 10 ms). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rssMb(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? 0) / 1024;
}

function figuresOf(few: Measured, many: Measured): Figure[] {
  const growth = round(many.engineMsPerTarget / few.engineMsPerTarget);
  const absolute = { peer: null, ratio: null } as const;
  return [
    { figure: 'targets with a wrong verdict or score', ours: many.wrong, ...absolute, unit: 'targets', goal: '0', met: many.wrong === 0 },
    {
      figure: 'largest history',
      ours: many.largestHistory,
      ...absolute,
      unit: 'events',
      goal: 'at most 4,000',
      met: many.largestHistory <= 4_000,
    },
    {
      figure: 'worker RSS at its largest',
      ours: round(many.workerRssMb, 0),
      ...absolute,
      unit: 'MB',
      goal: 'under 600',
      met: many.workerRssMb < 600,
    },
    {
      figure: `engine CPU per target, ${String(LARGE)} against ${String(SMALL)}`,
      ours: round(many.engineMsPerTarget, 1),
      peer: round(few.engineMsPerTarget, 1),
      unit: 'ms',
      ratio: growth,
      goal: 'within 20 %',
      met: growth <= 1.2,
    },
    {
      figure: 'whole incident per target',
      ours: round(many.wallMsPerTarget, 0),
      peer: round(few.wallMsPerTarget, 0),
      unit: 'ms',
      ratio: round(many.wallMsPerTarget / few.wallMsPerTarget),
      goal: 'told, no goal',
      met: true,
    },
  ];
}
