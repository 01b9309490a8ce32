import { at, textAt } from '../../redfish/json.js';
import { lead, type Lead } from './lead.js';
import type { Log, ShownRecord } from './logs.js';

/** What a log's numbers say of records that are not there: holes, a beginning that is gone, and a log that is full. */
export function judgeNumbers(log: Log): readonly Lead[] {
  return [...holes(log), ...start(log), ...full(log)];
}

/** Neighbours on one page that are no neighbours by number. Pages are read at different times and say nothing of each other. */
function holes({ numbering, records, uri }: Log): readonly Lead[] {
  if (numbering.rule !== 'contiguous') return [];
  return pairs(records).flatMap(([before, after]) => {
    const missing = (after.number ?? 0) - (before.number ?? 0) - 1;
    if (missing < 1) return [];
    const advice = `${String(missing)} records between ${numbered(before)} and ${numbered(after)} of ${uri} are gone, and this maker never skips a number; somebody removed them`;
    return [lead('LOG_HOLE', after, advice)];
  });
}

function pairs(records: readonly ShownRecord[]): readonly (readonly [ShownRecord, ShownRecord])[] {
  const numbered = records.filter(({ number }) => number !== null);
  return numbered.flatMap((after, n) => {
    const before = numbered[n - 1];
    return before?.page === after.page ? [[before, after] as const] : [];
  });
}

/** A number is never used twice, so a whole log that begins behind the first number lost its beginning. */
function start(log: Log): readonly Lead[] {
  const { numbering, records, whole, uri } = log;
  const [first] = records;
  if (numbering.rule !== 'contiguous' || !whole || first === undefined || (first.number ?? 0) <= 1) return [];
  // Full: the beginning was overwritten. Begins with its own clearing: that is the finding.
  if (isFull(log) || first.event === 'log-cleared') return [];
  const advice = `${uri} begins with ${numbered(first)} and holds ${String(records.length)}; unless it wrapped at a bound that it does not tell, it was cleared before, perhaps by the factory`;
  return [lead('LOG_START_MISSING', first, advice)];
}

function full(log: Log): readonly Lead[] {
  if (!isFull(log)) return [];
  const { uri, facts, service, records, whole } = log;
  const shown = { uri, evidence: service.capture };
  const [oldest] = records;
  const since = oldest === undefined || oldest.at === null || !whole ? '' : `; nothing before ${new Date(oldest.at).toISOString()} is left`;
  if (textAt(service.json, 'OverWritePolicy') === 'NeverOverWrites')
    return [
      lead('LOG_FULL', shown, `${uri} is full and overwrites nothing: it records no more; export it, then have it cleared through a gate`),
    ];
  // A ring of the newest events is full most of its life.
  return facts.volatile && facts.role === 'events'
    ? []
    : [
        lead(
          'LOG_WRAPPED',
          shown,
          `${uri} holds as many records as it can, ${String(reached(log))}${since}; look for older ones where logs are collected`,
        ),
      ];
}

/** As many records as the service says it takes, or as this maker's are known to; numbers that restart say it too. */
function isFull(log: Log): boolean {
  const says = at(log.service.json, 'MaxNumberOfRecords');
  const max = typeof says === 'number' && says > 0 ? says : log.facts.max;
  return max !== null && reached(log) >= max;
}

function reached({ held, numbering, records }: Log): number {
  return Math.max(held, numbering.rule === 'restarts' ? (records.at(-1)?.number ?? 0) : 0);
}

function numbered({ number }: ShownRecord): string {
  return `number ${String(number)}`;
}
