import { CodedError } from "@palimpsest/eventsourcing";

/** Nothing can be imported: the folder or archive is missing, damaged or without Markdown files. Nothing was changed. */
export class InvalidImportError extends CodedError {
  readonly code = "invalid-import";
}

/** A file cannot become a page. The import reports it. */
export class InvalidFileError extends CodedError {
  readonly code = "unfit-file";
}
