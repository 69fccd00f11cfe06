import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { AddressesProvider, addresses, addressesAt, useAddresses } from "./addresses.ts";
import { assetHref } from "./assets.ts";
import { EarlierDateBar, type EarlierDateFrame } from "./parts/earlier-date-bar.tsx";
import type { Screen } from "./parts/screen.tsx";
import { SearchForm } from "./parts/search-form.tsx";
import { utcText } from "./parts/time.tsx";
import { strings } from "./strings/strings.ts";

/** The parts around every screen. */
export type Frame = {
  /** The signed-in person, or null for a visitor. */
  readonly person: {
    readonly name: string;
  } | null;
  readonly mayCreatePages: boolean;
  /** By default that of the product. */
  readonly wikiName?: string;
  /** Whether the frame is only the wiki's name, as in the set-up. */
  readonly isBare?: boolean;
  /** The link of the header that leads to this screen. */
  readonly current?: "pages" | "changes" | "search" | "new" | "account" | "sign-in";
  /** The address to open after signing in. */
  readonly returnTo?: string;
  /** Whether search engines may list the screen; not by default. */
  readonly indexed?: boolean;
  /** The earlier date that the wiki is read at. All links stay at this date. */
  readonly earlierDate?: EarlierDateFrame;
};

/** Returns the HTML document of a screen. It works without scripts and under a strict Content-Security-Policy. */
export function renderDocument(frame: Frame, screen: Screen): string {
  return `<!doctype html>${renderToString(<Document frame={frame} screen={screen} />)}`;
}

function Document({ frame, screen }: { frame: Frame; screen: Screen }): VNode {
  const { earlierDate, indexed, isBare, wikiName = strings.frame.product } = frame;
  return (
    <html lang={strings.language} dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>
          {screen.title}
          {earlierDate !== undefined && ` · ${utcText(earlierDate.instant)}`} · {wikiName}
        </title>
        <meta name="color-scheme" content="light dark" />
        {(!indexed || earlierDate !== undefined) && <meta name="robots" content="noindex" />}
        <link rel="stylesheet" href={assetHref("styles.css")} />
        <script type="module" src={assetHref("times.js")} />
        {screen.script && <script type="module" src={assetHref(screen.script)} />}
        <link rel="icon" type="image/svg+xml" href={assetHref("favicon.svg")} />
      </head>
      <body>
        {/* Ids of the interface begin with "-"; ids of headings do not. */}
        <a class="skip" href="#-main">
          {strings.frame.skipToContent}
        </a>
        <AddressesProvider value={earlierDate === undefined ? addresses : addressesAt(earlierDate.instant)}>
          {isBare ? <BareMasthead wikiName={wikiName} /> : <Masthead {...frame} wikiName={wikiName} />}
          {earlierDate !== undefined && <EarlierDateBar {...earlierDate} />}
          {screen.body}
          {!isBare && <Colophon {...frame} />}
        </AddressesProvider>
      </body>
    </html>
  );
}

function Colophon({ earlierDate }: Frame): VNode {
  return (
    <footer class="colophon">
      {strings.frame.keepsVersions}
      {earlierDate === undefined && (
        <>
          {" "}
          <a href={addresses.timeTravel()}>{strings.earlier.heading}</a>
        </>
      )}
    </footer>
  );
}

function BareMasthead({ wikiName }: Required<Pick<Frame, "wikiName">>): VNode {
  return (
    <header class="masthead bare">
      <span class="wordmark" dir="auto">
        {wikiName}
      </span>
    </header>
  );
}

function Masthead({ person, mayCreatePages, wikiName, current, returnTo, earlierDate }: Frame): VNode {
  const addressesAtDate = useAddresses();
  const ariaCurrent = (name: Frame["current"]) => (current === name ? "page" : undefined);
  return (
    <header class="masthead">
      <a class="wordmark" dir="auto" href={addressesAtDate.home}>
        {wikiName}
      </a>
      <nav aria-label={strings.frame.mainNavigation}>
        <ul>
          <li>
            <a href={addressesAtDate.allPages()} aria-current={ariaCurrent("pages")}>
              {strings.common.allPages}
            </a>
          </li>
          <li>
            <a href={addressesAtDate.changes()} aria-current={ariaCurrent("changes")}>
              {strings.frame.changes}
            </a>
          </li>
          {/* For narrow windows, where the form does not fit. */}
          <li class="to-search">
            <a href={addressesAtDate.search()} aria-current={ariaCurrent("search")}>
              {strings.search.heading}
            </a>
          </li>
        </ul>
      </nav>
      {/* The search screen has its own form. */}
      {current !== "search" && <SearchForm id="-find" />}
      <div class="person">
        {mayCreatePages && earlierDate === undefined && (
          <a class="button" href={addresses.newPage()} aria-current={ariaCurrent("new")}>
            {strings.common.newPage}
          </a>
        )}
        {person === null ? (
          <a href={addresses.signIn(returnTo)} aria-current={ariaCurrent("sign-in")}>
            {strings.common.signIn}
          </a>
        ) : (
          <>
            <a class="name" dir="auto" href={addresses.account} aria-current={ariaCurrent("account")}>
              {person.name}
            </a>
            <form method="post" action={addresses.signOut}>
              <button class="button plain" type="submit">
                {strings.frame.signOut}
              </button>
            </form>
          </>
        )}
      </div>
    </header>
  );
}
