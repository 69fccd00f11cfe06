/** The addresses of the JSON API: patterns for its handlers, and functions for its links. */
export const apiRoutes = {
  root: "/api",
  openapi: "/api/openapi.json",
  pages: "/api/pages",
  pageBySlugPattern: "/api/pages/:slug",
  pageBySlug: (slug: string) => `/api/pages/${encodeURIComponent(slug)}`,
  pageByIdPattern: "/api/pages/by-id/:id",
  pageById: (id: string) => `/api/pages/by-id/${id}`,
  notifications: "/api/notifications",
  notificationStream: "/api/notifications/stream",
  anythingElse: "/api/*",
} as const;
