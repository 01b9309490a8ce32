import { fileURLToPath } from 'node:url';
import { SealingCodec } from './codec.js';

/** What client and worker give to Temporal as `dataConverter`: everything sealed, failure messages and stack traces included. */
export function createDataConverter(key: Uint8Array): { payloadCodecs: SealingCodec[]; failureConverterPath: string } {
  return { payloadCodecs: [new SealingCodec(key)], failureConverterPath: FAILURE_CONVERTER };
}

// Temporal loads the failure converter with require(), which takes compiled files only: from sources (tests) the built one is used.
const FAILURE_CONVERTER = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/workflows/failure-converter.js' : '../../workflows/failure-converter.js',
    import.meta.url,
  ),
);
