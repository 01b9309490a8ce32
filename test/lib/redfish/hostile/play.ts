import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFleet, type FleetTarget } from '../../../../drill/fleet.js';
import type { FaultName } from '../../../../drill/faults/faults.js';
import type { WireEntry } from '../../../../drill/wire-log.js';
import type { Position, Series, Staged } from '../../../../lib/evidence/types.js';
import { digest, id, time, type Digest } from '../../../../lib/model/json.js';
import type { Target } from '../../../../lib/model/site.js';
import { connect } from '../../../../lib/redfish/client.js';
import type { CrawlLimits } from '../../../../lib/redfish/crawl.js';
import type { Connection, Limits } from '../../../../lib/redfish/types.js';
import { captureSlice } from '../../../../lib/steps/capture.js';
import { planTarget } from '../../../../lib/steps/plan.js';
import { triage } from '../../../../lib/steps/triage.js';
import { openObjects } from '../../../../lib/store/objects.js';
import { sha256 } from '../../../../lib/trust/canonical.js';
import { secretsOf } from '../../../support/one-target.js';

/** What the real client, capture and planner came to on one BMC with one fault. */
export interface Played {
  /** `done`, or the code that the step ended with. */
  readonly triage: string;
  readonly capture: string;
  readonly plan: string;
  /** `class CODE` of what triage could not read, without repeats. */
  readonly gaps: readonly string[];
  /** `URI CODE` of what the capture gave up, and what a limit left out first. */
  readonly failures: readonly string[];
  /** Evidence classes that triage holds for complete. */
  readonly classes: readonly string[];
  /** `CODE URI` of findings, against what was planted. */
  readonly missed: readonly string[];
  readonly unexpected: readonly string[];
  /** URIs of which the capture holds an answer. */
  readonly kept: readonly string[];
  /** Text of the findings, as people read it. */
  readonly advice: readonly string[];
  readonly target: FleetTarget;
  readonly tokens: readonly string[];
  /** URIs of evidence that holds a token of ours or the password. */
  readonly leaks: readonly string[];
  readonly wire: readonly WireEntry[];
  /** Messages of the errors that ended steps. */
  readonly messages: readonly string[];
}

export interface PlayOptions {
  readonly limits?: Partial<Limits>;
  readonly crawl?: Partial<CrawlLimits>;
  readonly volume?: number;
  /** As many slices as may fail in a row before the capture is given up; 6 when absent, as in a worker. */
  readonly stalls?: number;
}

const QUICK: Partial<Limits> = {
  connectMs: 2_000,
  requestMs: 2_000,
  totalMs: 4_000,
  logoutMs: 500,
  retryPausesMs: [1, 1],
  retryAfterMs: 5,
  patienceMs: 50,
};

/** Triage, capture to its end and the plan of review-access, each over its own connection to one small BMC with a fault. */
export async function play(fault: FaultName | null, options: PlayOptions = {}): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-hostile-'));
  const { volume } = options;
  const fleet = await startFleet({ targets: 1, profile: 'small', thorough: true, slowMs: 5, ...(volume === undefined ? {} : { volume }) });
  try {
    const [bmc] = fleet.targets;
    if (bmc === undefined) throw new RangeError('a fleet has a target');
    if (fault !== null) await fleet.fault(bmc.id, fault);
    const messages: string[] = [];
    const evidence: Staged[] = [];
    const over = { bmc, options, folder, evidence, note: (message: string) => messages.push(message) };
    const triaged = await triageOf(over);
    const captured = await captureOf(over);
    const planned = await planOf(over);
    const leaks = leaksOf(evidence, [bmc.password, ...fleet.tokens()]);
    return { ...triaged, ...captured, ...planned, leaks, target: bmc, tokens: fleet.tokens(), wire: fleet.wire.entries, messages };
  } finally {
    await fleet.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Over {
  readonly bmc: FleetTarget;
  readonly options: PlayOptions;
  readonly folder: string;
  /** All that was committed. */
  readonly evidence: Staged[];
  readonly note: (message: string) => void;
}

/** Evidence is kept and handed on in clear. */
function leaksOf(committed: readonly Staged[], secrets: readonly string[]): string[] {
  return committed.flatMap((one) => {
    if (!('answer' in one)) return [];
    const { uri, body, headers } = one.answer;
    const text = `${Buffer.from(body).toString('latin1')} ${JSON.stringify(headers)} ${uri}`;
    return secrets.some((secret) => text.includes(secret)) ? [uri] : [];
  });
}

async function triageOf({ bmc, options, evidence, note }: Over): Promise<Pick<Played, 'triage' | 'gaps' | 'classes'>> {
  const series = recorder();
  try {
    const { gaps, classes } = await withConnection(bmc, options, (connection) => triage(connection, series));
    return { triage: 'done', gaps: [...new Set(gaps.map((gap) => `${String(gap.class)} ${gap.code}`))].sort(), classes };
  } catch (error) {
    return { triage: codeOf(error, note), gaps: [], classes: [] };
  } finally {
    evidence.push(...series.committed);
  }
}

async function captureOf({ bmc, options, folder, evidence, note }: Over): Promise<Pick<Played, 'capture' | 'failures' | 'kept'>> {
  const series = recorder();
  let stalls = 0;
  let capture = '';
  while (capture === '') {
    const open: Connection[] = [];
    const login = async (): Promise<Connection> => {
      const connection = await connectTo(bmc, options);
      open.push(connection);
      return connection;
    };
    try {
      const signal = new AbortController().signal;
      const limits = { sliceMs: 10_000, ...options.crawl };
      const { done } = await captureSlice({ connect: login, series, crawl: join(folder, 'crawl.jsonl'), signal, limits });
      stalls = 0;
      if (done) capture = 'done';
    } catch (error) {
      stalls += 1;
      const code = codeOf(error, note);
      if (stalls >= (options.stalls ?? 6) || FINAL.has(code)) capture = code;
    } finally {
      for (const connection of open) await connection.close();
    }
  }
  evidence.push(...series.committed);
  const kept = series.committed.flatMap((one) => ('answer' in one ? [one.answer.uri] : []));
  const failures = series.committed.flatMap((one) => ('failure' in one ? [`${one.failure.uri} ${one.failure.code}`] : []));
  return { capture, kept, failures };
}

/** Codes that a worker does not try again. */
const FINAL = new Set(['PIN_MISMATCH', 'TLS_FAILED', 'LOGIN_REFUSED', 'LOGIN_FAILED', 'UNAUTHORIZED']);

async function planOf({ bmc, options, folder, note }: Over): Promise<Pick<Played, 'plan' | 'missed' | 'unexpected' | 'advice'>> {
  const series = recorder();
  const objects = openObjects(join(folder, 'objects'));
  const planted = bmc.planted.map(({ finding, uri }) => `${finding} ${uri}`).sort();
  try {
    await withConnection(bmc, options, (connection) =>
      planTarget({
        step: id('review-access'),
        target: targetOf(bmc),
        series,
        connection,
        objects,
        secret: secretsOf(targetOf(bmc)),
      }),
    );
  } catch (error) {
    return { plan: codeOf(error, note), missed: planted, unexpected: [], advice: [] };
  }
  const found = series.findings.map(({ code, uri }) => `${code} ${uri}`).sort();
  const advice = await Promise.all(series.findings.map(async ({ finding }) => JSON.stringify(await objects.get(finding))));
  return {
    plan: 'done',
    missed: planted.filter((one) => !found.includes(one)),
    unexpected: found.filter((one) => !planted.includes(one)),
    advice,
  };
}

function connectTo(bmc: FleetTarget, { limits }: PlayOptions): Promise<Connection> {
  return connect({
    address: bmc.address,
    pin: bmc.pin,
    credential: { userName: bmc.userName, password: { reveal: () => bmc.password } },
    mode: 'read-only',
    signal: new AbortController().signal,
    limits: { ...QUICK, ...limits },
  });
}

async function withConnection<T>(bmc: FleetTarget, options: PlayOptions, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connectTo(bmc, options);
  return work(connection).finally(() => connection.close());
}

/** A series in memory: what was not committed does not count. */
function recorder(): Series & {
  readonly committed: Staged[];
  readonly findings: { code: string; uri: string; finding: Digest<'finding'> }[];
} {
  const committed: Staged[] = [];
  const findings: { code: string; uri: string; finding: Digest<'finding'> }[] = [];
  let staged: Staged[] = [];
  const position: Position = { seq: 0, head: digest('0'.repeat(64)) };
  const commit = async (): Promise<Position> => {
    committed.push(...staged);
    staged = [];
    return position;
  };
  return {
    committed,
    findings,
    folder: '',
    unsealed: 0,
    position,
    lastAt: time(0),
    lastSeal: null,
    async stage(capture) {
      staged.push(capture);
      return 'answer' in capture ? sha256<'capture'>(Buffer.from(capture.answer.body).toString('latin1')) : null;
    },
    commit,
    async record(type, data) {
      const { code, uri, finding } = data;
      if (type === 'finding.recorded') findings.push({ code: String(code), uri: String(uri), finding: digest(String(finding)) });
      return position;
    },
    keepStatement: async () => position,
    markComplete: commit,
    seal: async () => null,
    sealedClasses: () => new Set(),
    close: async () => undefined,
  };
}

function targetOf({ id: target, address, pin, serial, uuid, class: profile, host, allow }: FleetTarget): Target {
  return {
    id: target,
    address,
    protocol: 'redfish',
    zone: id('zone'),
    pin,
    identity: { serial, uuid },
    secret: 'vault://file/x',
    host,
    class: profile,
    usedBy: [],
    failureDomain: 'x',
    allow,
  };
}

function codeOf(error: unknown, note: (message: string) => void): string {
  note(error instanceof Error ? error.message : String(error));
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  throw error;
}
