#pragma once
// Office documents are containers: zip archives (Open XML, OpenDocument, EPUB) or OLE compound
// files (doc, xls, ppt). Their real type stands inside. Work and memory are bounded whatever the
// bytes.

#include <string>

#include "ingest/content.hpp"

namespace filegate::ingest {

// The type of what begins like a zip archive; application/zip when nothing says more.
Result<std::string> type_of_zip(Content const& content);

// The type of an OLE compound file; empty when it is none of the known documents.
Result<std::string> type_of_ole(Content const& content);

}  // namespace filegate::ingest
