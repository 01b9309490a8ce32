import { rendered, write, type Line } from '../output/print.js';
import { toJson } from '../output/json.js';
import { joined, safe, text, type Text } from '../output/text.js';
import { when } from '../output/when.js';
import { Changes, wordsOf } from './changes.js';
import type { FollowOptions } from './follow.js';
import { incidentLines, stateText } from './lines.js';
import type { LiveTarget } from './live.js';
import { standingJson } from './show.js';
import type { Standing } from './standing.js';

/** Where `watch` shows what it sees. */
interface Screen {
  show(standing: Standing, live: readonly LiveTarget[]): Promise<void>;
  /** The last word, when the incident ended or waits. */
  end(standing: Standing): Promise<void>;
  close(): void;
}

/** Redrawn on a terminal, one line a change elsewhere, one JSON line a change with `-o jsonl`, and only the end with `-o json`. */
export async function openScreen(options: FollowOptions): Promise<Screen> {
  switch (options.globals.output) {
    case 'json':
      return onlyTheEnd(options);
    case 'jsonl':
      return lineByLine(options, (fact, time) => toJson({ time, ...fact }));
    case 'table':
      if (options.context.terminal.stdout) return redrawn(options);
      return lineByLine(
        options,
        ({ subject, name, state, detail }, time) => `${time} ${joinWords([subject, name, detail === '' ? state : `${state}:`, detail])}`,
      );
  }
}

function onlyTheEnd({ context }: FollowOptions): Screen {
  return {
    show: async () => undefined,
    end: async (standing) => write(context.stdout, toJson(standingJson(standing), 2)),
    close: () => undefined,
  };
}

type Say = (fact: ReturnType<Changes['of']>[number], time: string) => string;

function lineByLine({ context }: FollowOptions, say: Say): Screen {
  const changes = new Changes();
  return {
    async show(standing, live) {
      const time = new Date(context.now()).toISOString();
      for (const fact of changes.of(standing, live)) write(context.stdout, say(fact, time));
    },
    end: async () => undefined,
    close: () => undefined,
  };
}

async function redrawn(options: FollowOptions): Promise<Screen> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(options.context.stdout);
  return {
    async show(standing, live) {
      const lines = await rendered(options, [...incidentLines(standing, (iso) => when(options, iso)), ...liveLines(live)]);
      update(cut(lines, options.context.terminal.rows - 1).join('\n'));
    },
    end: async () => undefined,
    close: () => {
      update.done();
    },
  };
}

/** The most interesting ones first: a block must fit on the terminal. */
const ORDER = ['parked', 'failed', 'unknown', 'running', 'waiting'];

function liveLines(live: readonly LiveTarget[]): readonly Line[] {
  const rank = ({ state }: LiveTarget): number => {
    const at = ORDER.indexOf(wordsOf(state).state);
    return at === -1 ? ORDER.length : at;
  };
  const rows = [...live]
    .sort((a, b) => rank(a) - rank(b))
    .map(({ step, target, state }) => {
      const words = wordsOf(state);
      return [safe(target), safe(step), stateText(words.state), safe(words.detail)];
    });
  return [{ rows }];
}

function cut(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), `… ${String(lines.length - rows + 1)} more lines`];
}

function joinWords(words: readonly string[]): string {
  const line: Text = text`${joined(
    words.filter((word) => word !== ''),
    ' ',
  )}`;
  return line.parts.map((part) => part.text).join('');
}
