/** Shows newer versions of the page, and uploads files that are dropped on it. */
import "../../parts/islands/upload-area.ts";
import "./newer-version.ts";
