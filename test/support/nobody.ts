import type { AskVantage } from '../../lib/isolation/probe.js';
import { unanswered } from '../../lib/isolation/remote.js';

/** No worker stands at any vantage point. */
export const NOBODY: AskVantage = () => Promise.resolve(unanswered('missing', 'no worker stands there'));
