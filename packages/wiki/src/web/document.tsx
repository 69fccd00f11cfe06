import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { addresses } from "./addresses.ts";
import { assetHref } from "./assets.ts";
import { CsrfField } from "./csrf-field.tsx";
import type { Screen } from "./screen.ts";
import { SearchForm } from "./search/search-form.tsx";

/** What surrounds every screen. */
export type Frame = {
  /** The signed-in person, or null for a visitor. */
  readonly person: {
    readonly name: string;
    /** Proves that the sign-out form came from this wiki. */
    readonly csrf: string;
  } | null;
  readonly mayCreatePages: boolean;
  /** Which link of the header leads to where one is already. */
  readonly current?: "pages" | "changes" | "search" | "new" | "account" | "sign-in";
  /** The address to come back to after signing in. */
  readonly returnTo?: string;
  /** Whether search engines may list the screen: pages yes, forms and errors no (the default). */
  readonly indexed?: boolean;
};

/** The whole HTML document of a screen. It can do without a script and keeps a strict Content-Security-Policy. */
export function renderDocument(frame: Frame, screen: Screen): string {
  return `<!doctype html>${renderToString(<Document frame={frame} screen={screen} />)}`;
}

function Document({ frame, screen }: { frame: Frame; screen: Screen }): VNode {
  return (
    <html lang="en" dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{screen.title} · Palimpsest</title>
        <meta name="color-scheme" content="light dark" />
        {!frame.indexed && <meta name="robots" content="noindex" />}
        <link rel="stylesheet" href={assetHref("styles.css")} />
        {screen.script && <script type="module" src={assetHref(screen.script)} />}
        <link rel="icon" type="image/svg+xml" href={assetHref("favicon.svg")} />
      </head>
      <body>
        {/* Our own ids begin with "-", which no heading's does. */}
        <a class="skip" href="#-main">
          Skip to the content
        </a>
        <Masthead {...frame} />
        {screen.body}
        <footer class="colophon">Palimpsest keeps every version of every page.</footer>
      </body>
    </html>
  );
}

function Masthead({ person, mayCreatePages, current, returnTo }: Frame): VNode {
  const here = (name: Frame["current"]) => (current === name ? "page" : undefined);
  return (
    <header class="masthead">
      <a class="wordmark" href={addresses.home}>
        Palimpsest
      </a>
      <nav aria-label="Wiki">
        <ul>
          <li>
            <a href={addresses.allPages()} aria-current={here("pages")}>
              All pages
            </a>
          </li>
          <li>
            <a href={addresses.changes()} aria-current={here("changes")}>
              Changes
            </a>
          </li>
          {/* Shown where the window has no room for the form. */}
          <li class="to-search">
            <a href={addresses.search()} aria-current={here("search")}>
              Search
            </a>
          </li>
        </ul>
      </nav>
      {/* The search screen has the form in its middle, filled in. */}
      {current !== "search" && <SearchForm id="-find" />}
      <div class="person">
        {mayCreatePages && (
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
              <CsrfField csrf={person.csrf} />
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
