import { CodedError } from "@palimpsest/eventsourcing";

/** The folder or archive cannot be imported. Nothing was changed. */
export class InvalidImportError extends CodedError {
  readonly code = "invalid-import";
}

/** A file cannot become a page. The import reports it. */
export class UnfitFileError extends CodedError {
  readonly code = "unfit-file";
}
