// clamd(8), to zINSTREAM:
//
//   answer    stream ": OK" | stream ": " signature " FOUND" | reason " ERROR"
//   stream    "stream"
//   end       a zero byte (z commands), a newline (n commands), or the connection's end

#include "ingest/clamd_answer.hpp"

#include <fmt/format.h>

#include "observe/escape.hpp"

namespace filegate::ingest {
namespace {

constexpr std::string_view prefix = "stream: ";
constexpr std::string_view found = " FOUND";
constexpr std::size_t signature_bytes_max = 128;

std::string_view without_end(std::string_view answer) {
    auto const last = answer.find_last_not_of(std::string_view("\0\r\n", 3));
    return last == answer.npos ? std::string_view() : answer.substr(0, last + 1);
}

}  // namespace

Verdict verdict_of_clamd(std::string_view answer) {
    auto const text = without_end(answer);
    if (text == "stream: OK") return {};
    auto const is_finding = text.starts_with(prefix) && text.ends_with(found) &&
                            text.size() > prefix.size() + found.size();
    if (is_finding) {
        auto const name = text.substr(prefix.size(), text.size() - prefix.size() - found.size());
        return refused(ErrorCode::malicious_file,
                       fmt::format("the malware scanner found {} in the file",
                                   observe::printable(name.substr(0, signature_bytes_max))));
    }
    if (text == "INSTREAM size limit exceeded. ERROR") {
        return not_checked(ErrorCode::unchecked_file,
                           "the file is larger than the malware scanner takes (StreamMaxLength); "
                           "send a smaller file");
    }
    return not_checked(ErrorCode::scanner_unavailable,
                       "the malware scanner could not check the file; try again shortly",
                       fmt::format("clamd answered \"{}\"",
                                   observe::printable(text.substr(0, signature_bytes_max))));
}

}  // namespace filegate::ingest
