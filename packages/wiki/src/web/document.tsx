import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { addresses, addressesAt, ReadingTime, useAddresses } from "./addresses.ts";
import { assetHref } from "./assets.ts";
import { PastBar, type PastFrame } from "./parts/earlier-date-bar.tsx";
import type { Screen } from "./parts/screen.tsx";
import { SearchForm } from "./parts/search-form.tsx";
import { namedInstant } from "./parts/time.tsx";

/** What surrounds every screen. */
export type Frame = {
  /** The signed-in person, or null for a visitor. */
  readonly person: {
    readonly name: string;
    /** Proves that the sign-out form came from this wiki. */
  } | null;
  readonly mayCreatePages: boolean;
  /** Which link of the header leads to where one is already. */
  readonly current?: "pages" | "changes" | "search" | "new" | "account" | "sign-in";
  /** The address to come back to after signing in. */
  readonly returnTo?: string;
  /** Whether search engines may list the screen: pages yes, forms and errors no (the default). */
  readonly indexed?: boolean;
  /** When the wiki is read as it was: which time, and what of it. Every link stays there. */
  readonly past?: PastFrame;
};

/** The whole HTML document of a screen. It can do without a script and keeps a strict Content-Security-Policy. */
export function renderDocument(frame: Frame, screen: Screen): string {
  return `<!doctype html>${renderToString(<Document frame={frame} screen={screen} />)}`;
}

function Document({ frame, screen }: { frame: Frame; screen: Screen }): VNode {
  const { past, indexed } = frame;
  return (
    <html lang="en" dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>
          {screen.title}
          {past !== undefined && ` · ${namedInstant(past.instant)}`} · Palimpsest
        </title>
        <meta name="color-scheme" content="light dark" />
        {(!indexed || past !== undefined) && <meta name="robots" content="noindex" />}
        <link rel="stylesheet" href={assetHref("styles.css")} />
        {screen.script && <script type="module" src={assetHref(screen.script)} />}
        <link rel="icon" type="image/svg+xml" href={assetHref("favicon.svg")} />
      </head>
      <body>
        {/* Our own ids begin with "-", which no heading's does. */}
        <a class="skip" href="#-main">
          Skip to the content
        </a>
        <ReadingTime value={past === undefined ? addresses : addressesAt(past.instant)}>
          <Masthead {...frame} />
          {past !== undefined && <PastBar {...past} />}
          {screen.body}
          <Colophon {...frame} />
        </ReadingTime>
      </body>
    </html>
  );
}

function Colophon({ past }: Frame): VNode {
  return (
    <footer class="colophon">
      Palimpsest keeps every version of every page.
      {past === undefined && (
        <>
          {" "}
          <a href={addresses.timeTravel()}>Read the wiki as it was</a>
        </>
      )}
    </footer>
  );
}

function Masthead({ person, mayCreatePages, current, returnTo, past }: Frame): VNode {
  const then = useAddresses();
  const here = (name: Frame["current"]) => (current === name ? "page" : undefined);
  return (
    <header class="masthead">
      <a class="wordmark" href={then.home}>
        Palimpsest
      </a>
      <nav aria-label="Wiki">
        <ul>
          <li>
            <a href={then.allPages()} aria-current={here("pages")}>
              All pages
            </a>
          </li>
          <li>
            <a href={then.changes()} aria-current={here("changes")}>
              Changes
            </a>
          </li>
          {/* Shown where the window has no room for the form. */}
          <li class="to-search">
            <a href={then.search()} aria-current={here("search")}>
              Search
            </a>
          </li>
        </ul>
      </nav>
      {/* The search screen has the form in its middle, filled in. */}
      {current !== "search" && <SearchForm id="-find" />}
      <div class="person">
        {mayCreatePages && past === undefined && (
          <a class="button" href={addresses.newPage()} aria-current={here("new")}>
            New page
          </a>
        )}
        {person === null ? (
          <a href={addresses.signIn(returnTo)} aria-current={here("sign-in")}>
            Sign in
          </a>
        ) : (
          <>
            <a class="name" dir="auto" href={addresses.account} aria-current={here("account")}>
              {person.name}
            </a>
            <form method="post" action={addresses.signOut}>
              <button class="button plain" type="submit">
                Sign out
              </button>
            </form>
          </>
        )}
      </div>
    </header>
  );
}
