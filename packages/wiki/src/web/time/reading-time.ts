import { createContext, type Provider } from "preact";
import { useContext } from "preact/hooks";
import { addresses, type ReadingAddresses } from "../addresses.ts";

const Addresses = createContext<ReadingAddresses>(addresses);

/** Gives what is drawn within it the addresses of the time that is read, so that every link stays there. */
export const ReadingTime: Provider<ReadingAddresses> = Addresses.Provider;

/** Returns the addresses of the time that is read: the present, unless a document says otherwise. */
export function useAddresses(): ReadingAddresses {
  return useContext(Addresses);
}

/** Whether the wiki is read as it was, where nothing can be done to it. */
export function useIsPast(): boolean {
  return useAddresses() !== addresses;
}
