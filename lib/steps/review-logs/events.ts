import type { FindingCode } from '../../model/finding.js';
import type { LogEvent } from '../../redfish/vendors/log-message.js';
import { lead, type Lead } from './lead.js';
import { dated, said, type Foreign } from './people.js';

/** Events that are worth a look whoever caused them: each is a lead by itself. */
export function judgeEvents(records: readonly Foreign[]): readonly Lead[] {
  return records.flatMap((record) => {
    const told = record.event === null ? undefined : TOLD[record.event];
    if (told === undefined) return [];
    return [lead(told.code, record, `${said(record)}${dated(record)}; ${told.advice}`)];
  });
}

const TOLD: Readonly<Partial<Record<LogEvent, { readonly code: FindingCode; readonly advice: string }>>> = {
  'log-cleared': {
    code: 'LOG_CLEARED',
    advice: 'what stood before it is gone here; ask who ordered it, and look where logs are collected',
  },
  firmware: { code: 'LOG_FIRMWARE_CHANGED', advice: 'find the change that ordered it, and compare the image with its reference' },
  intrusion: { code: 'LOG_CHASSIS_OPENED', advice: 'find the visit that explains it: whoever opened it could reach flash and ports' },
};
