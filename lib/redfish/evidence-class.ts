import type { EvidenceClass } from '../model/effect.js';
import { DOCUMENTS, VOLATILE_LOGS } from './vendors/facts.js';

/**
 * The class of evidence that a resource belongs to; null for what no operation destroys. `flash` and `network` have no resource: an
 * inventory of firmware is no image of it, and what the network knows lies outside the BMC.
 */
export function classOf(uri: string): EvidenceClass | null {
  // Case varies on one and the same BMC (iLO), so it decides nothing.
  const [path = ''] = uri.toLowerCase().split('?');
  const segments = path.split('/').slice(3);
  const [service] = segments;
  if (service === undefined || DOCUMENTS.has(service)) return null;
  const log = logOf(uri);
  if (log !== null) return VOLATILE_LOGS.has(log) ? 'volatile-logs' : 'logs';
  if (service === 'sessionservice') return 'sessions';
  // Dell keeps a second door to the same accounts below its manager.
  if (service === 'accountservice' || segments.includes('accounts')) return 'accounts';
  if (service === 'taskservice' || service === 'jobservice') return 'volatile-logs';
  return 'configuration';
}

/** The name, in lower case, of the log service that a URI lies in; null outside of any. */
export function logOf(uri: string): string | null {
  const [path = ''] = uri.toLowerCase().split('?');
  const segments = path.split('/');
  const services = segments.indexOf('logservices');
  return services < 0 ? null : (segments[services + 1] ?? null);
}
