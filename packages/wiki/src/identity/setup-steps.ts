/** The steps of the set-up after the first administrator exists, in their order. */
export const SETUP_STEPS = ["name", "pages", "people"] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];
