/** The addresses of the JSON API: patterns for routes and functions for links. */
export const apiRoutes = {
  root: "/api",
  openapi: "/api/openapi.json",
  pages: "/api/pages",
  pageBySlugPattern: "/api/pages/:slug",
  pageBySlug: (slug: string) => `/api/pages/${encodeURIComponent(slug)}`,
  pageByIdPattern: "/api/pages/by-id/:id",
  /** Paths after the address of a page, which has its slug or id. */
  ofPage: {
    backlinks: "/backlinks",
    history: "/history",
    diff: "/diff",
    blame: "/blame",
    restore: "/restore",
    undo: "/undo",
  },
  unarchivePattern: "/api/pages/by-id/:id/unarchive",
  draftPattern: "/api/pages/by-id/:id/draft",
  slugHistoryPattern: "/api/slugs/:slug/history",
  archivedPages: "/api/archived-pages",
  search: "/api/search",
  changes: "/api/changes",
  wantedPages: "/api/wanted-pages",
  orphans: "/api/orphans",
  notifications: "/api/notifications",
  notificationStream: "/api/notifications/stream",
  anythingElse: "/api/*",
} as const;
