/** See install.mjs; typed here for the test that holds it. */
export declare function staleness(root: string): string | null;
