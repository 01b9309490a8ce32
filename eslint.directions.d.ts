/** See eslint.directions.js; typed here for the test that holds it. */
export declare const DEEPEST: number;
