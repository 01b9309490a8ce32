import type { Series } from '../../evidence/types.js';
import { time, type Digest } from '../../model/json.js';
import { classOf, uriOf, type Command } from '../../ipmi/commands.js';
import type { IpmiConnection, Output } from '../../ipmi/connection.js';

/** An output and the digest of the capture that shows it. */
export interface IpmiReading extends Output {
  readonly capture: Digest<'capture'>;
}

/** What one session brought; every command that was asked has its output, empty where the BMC refused it. */
export interface Shown<One extends Output = IpmiReading> {
  of(command: Command): One;
}

/** All that a step can do to a target over IPMI: look, and be on record for it. */
export interface IpmiReader<One extends Output = IpmiReading> {
  read(commands: readonly Command[]): Promise<Shown<One>>;
}

/** A reader whose every output is evidence, committed before it is looked at. What was read before a session ended early is kept, and the error thrown. */
export function recordingIpmiReader(
  connection: Pick<IpmiConnection, 'read'>,
  series: Pick<Series, 'stage' | 'commit'>,
  purpose: string,
): IpmiReader {
  return {
    async read(commands) {
      const asked = new Map(commands.map((command) => [uriOf(command), command]));
      const startedAt = time(Date.now());
      const { outputs, cut } = await connection.read(commands);
      const readings: IpmiReading[] = [];
      for (const output of outputs) {
        const command = asked.get(output.uri);
        const { uri } = output;
        const answer = { ...output, answeredBy: uri, status: null, headers: headersOf(output), json: null, peer: null };
        const capture = await series.stage({ purpose, class: command === undefined ? null : classOf(command), answer });
        if (capture === null) throw new RangeError(`the series kept no body for the output of ${uri}`);
        readings.push({ ...output, capture });
      }
      if (cut !== null)
        for (const [uri, command] of asked)
          if (!readings.some((reading) => reading.uri === uri)) {
            const failure = { uri, code: cut.code, startedAt, endedAt: time(Date.now()), peer: null };
            await series.stage({ purpose, class: classOf(command), failure });
          }
      await series.commit();
      if (cut !== null) throw cut;
      return shownOf(readings);
    },
  };
}

/** A reader that keeps nothing, for a look that is no evidence. */
export function plainIpmiReader(connection: Pick<IpmiConnection, 'read'>): IpmiReader<Output> {
  return {
    async read(commands) {
      const { outputs, cut } = await connection.read(commands);
      if (cut !== null) throw cut;
      return shownOf(outputs);
    },
  };
}

function shownOf<One extends Output>(outputs: readonly One[]): Shown<One> {
  const byUri = new Map(outputs.map((output) => [output.uri, output]));
  return {
    of(command) {
      const output = byUri.get(uriOf(command));
      if (output === undefined) throw new RangeError(`${uriOf(command)} was not asked for`);
      return output;
    },
  };
}

function headersOf({ cipherSuite }: Output): Readonly<Record<string, string>> {
  return { 'cipher-suite': String(cipherSuite) };
}
