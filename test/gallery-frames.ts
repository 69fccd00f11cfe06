import type { Frame } from "../packages/wiki/src/web/document.tsx";
import type { Screen } from "../packages/wiki/src/web/parts/screen.tsx";

export const visitor: Frame = { person: null, mayCreatePages: false, indexed: true, returnTo: "/handbook" };
export const editor: Frame = { person: { name: "Ada Lovelace" }, mayCreatePages: true };

export type Row = readonly [name: string, frame: Frame, screen: Screen];

export const longWord =
  "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3);
