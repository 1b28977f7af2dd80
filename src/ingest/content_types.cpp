#include "ingest/content_types.hpp"

#include <algorithm>
#include <array>

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

struct Group {
    std::string_view name;
    std::string_view types;  // separated by blanks
};

// What the contracts' providers take. No group has documents with macros: no provider names them,
// and they are programs. Nor has one an executable, which is refused before types are looked at.
constexpr std::array groups{
    Group{"documents"sv,
          "application/pdf application/msword application/vnd.ms-excel "
          "application/vnd.ms-powerpoint "
          "application/vnd.openxmlformats-officedocument.wordprocessingml.document "
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet "
          "application/vnd.openxmlformats-officedocument.presentationml.presentation "
          "application/vnd.oasis.opendocument.* application/epub+zip "
          "application/x-mobipocket-ebook text/rtf application/rtf"sv},
    Group{"images"sv, "image/*"sv},
    Group{"text"sv,
          "text/* message/rfc822 application/javascript application/x-subrip application/xml "
          "application/x-wine-extension-ini application/x-tex"sv},
    Group{"data"sv,
          "application/json application/jsonl application/x-ndjson application/geo+json "
          "application/xml application/yaml application/toml application/sql "
          "application/x-ipynb+json application/vnd.apache.parquet application/vnd.sqlite3 "
          "application/octet-stream"sv},
    Group{"audio"sv, "audio/* application/ogg"sv},
    Group{"video"sv, "video/* application/ogg"sv},
    // Only those that can be looked into.
    Group{"archives"sv, "application/zip application/gzip application/x-tar"sv},
};

constexpr std::array group_names = [] {
    std::array<std::string_view, groups.size()> names;
    for (std::size_t i = 0; i < groups.size(); ++i)
        names[i] = groups[i].name;
    return names;
}();

constexpr auto written =
    "application/json application/jsonl application/x-ndjson "
    "application/geo+json application/xml application/yaml application/toml "
    "application/sql application/x-ipynb+json application/javascript "
    "application/x-subrip application/x-wine-extension-ini application/x-tex "
    "message/rfc822 image/svg+xml text/*"sv;

constexpr auto archives =
    "application/zip application/gzip application/x-gzip application/x-tar application/x-gtar "
    "application/x-ustar application/x-bzip2 application/x-bzip application/x-xz application/zstd "
    "application/x-zstd application/x-7z-compressed application/vnd.rar application/x-rar "
    "application/x-lzma application/x-lzip application/x-lz4 application/x-lzop "
    "application/x-lrzip application/x-compress application/x-snappy-framed application/x-cpio "
    "application/x-archive application/x-ar application/vnd.ms-cab-compressed application/x-arc "
    "application/x-arj application/x-lha application/x-lharc application/x-lzh-compressed "
    "application/x-zoo application/x-ace-compressed application/x-stuffit application/x-stuffitx "
    "application/x-xar application/x-iso9660-image application/x-ms-wim application/java-archive "
    "application/vnd.android.package-archive application/epub+zip "
    "application/vnd.oasis.opendocument.* application/vnd.openxmlformats-officedocument.*"sv;

struct Promise {
    std::string_view extensions;  // separated by blanks
    std::string_view types;
};

constexpr auto mp4_family =
    "video/mp4 video/quicktime video/x-m4v audio/mp4 audio/x-m4a "
    "video/3gpp video/3gpp2"sv;

// Where writers are known to differ from what they promise and readers know it, both stand here;
// else an extension means one format, because providers choose their reader by it.
constexpr std::array promises{
    Promise{"pdf"sv, "application/pdf"sv},
    // Old documents with macros have no type of their own: they are told by that of new ones.
    Promise{"doc"sv,
            "application/msword text/rtf application/vnd.ms-word.document.macroenabled.12"sv},
    Promise{"dot"sv, "application/msword text/*"sv},  // a template of Word, or a graph
    Promise{"docx"sv, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"sv},
    Promise{"docm"sv, "application/vnd.ms-word.document.macroenabled.12"sv},
    Promise{"xls"sv, "application/vnd.ms-excel application/vnd.ms-excel.sheet.macroenabled.12"sv},
    Promise{"xlsx"sv, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"sv},
    Promise{"xlsm"sv, "application/vnd.ms-excel.sheet.macroenabled.12"sv},
    Promise{"ppt pps"sv,
            "application/vnd.ms-powerpoint "
            "application/vnd.ms-powerpoint.presentation.macroenabled.12"sv},
    Promise{"pptx ppsx"sv,
            "application/vnd.openxmlformats-officedocument.presentationml.presentation"sv},
    Promise{"pptm"sv, "application/vnd.ms-powerpoint.presentation.macroenabled.12"sv},
    Promise{"odt ods odp odg odf"sv, "application/vnd.oasis.opendocument.*"sv},
    Promise{"epub"sv, "application/epub+zip"sv},
    Promise{"mobi azw prc"sv, "application/x-mobipocket-ebook"sv},
    Promise{"rtf"sv, "text/rtf application/rtf"sv},
    Promise{"jpg jpeg jpe jfif"sv, "image/jpeg"sv},
    Promise{"png apng"sv, "image/png image/apng image/vnd.mozilla.apng"sv},
    Promise{"gif"sv, "image/gif"sv},
    Promise{"webp"sv, "image/webp"sv},
    Promise{"bmp dib"sv, "image/bmp image/x-ms-bmp"sv},
    Promise{"heic heif hif"sv, "image/heic image/heif"sv},
    Promise{"avif"sv, "image/avif"sv},
    Promise{"tif tiff"sv, "image/tiff"sv},
    Promise{"ico"sv, "image/vnd.microsoft.icon image/x-icon"sv},
    Promise{"psd"sv, "image/vnd.adobe.photoshop"sv},
    Promise{"mp3 mpga"sv, "audio/mpeg"sv},
    Promise{"wav wave"sv, "audio/wav audio/x-wav"sv},
    Promise{"flac"sv, "audio/flac audio/x-flac"sv},
    Promise{"aac"sv, "audio/aac audio/x-hx-aac-adts audio/x-hx-aac-adif"sv},
    Promise{"aif aiff"sv, "audio/x-aiff audio/aiff"sv},
    Promise{"mid midi"sv, "audio/midi"sv},
    Promise{"amr"sv, "audio/amr"sv},
    Promise{"ogg oga ogv opus spx"sv, "audio/ogg video/ogg application/ogg"sv},
    Promise{"m4a m4b mp4 m4v mov qt 3gp 3gpp 3g2"sv, mp4_family},
    Promise{"webm weba mkv mka"sv, "video/webm audio/webm video/x-matroska audio/x-matroska"sv},
    Promise{"mpeg mpg mpe m2v"sv,
            "video/mpeg video/mpv video/mpeg4-generic video/mp2p audio/mpeg"sv},
    Promise{"avi"sv, "video/x-msvideo"sv},
    Promise{"flv"sv, "video/x-flv"sv},
    Promise{"wmv wma asf"sv, "video/x-ms-asf video/x-ms-wmv audio/x-ms-wma"sv},
    Promise{"zip"sv, "application/zip"sv},
    Promise{"gz tgz"sv, "application/gzip"sv},
    Promise{"tar"sv, "application/x-tar"sv},
    Promise{"bz2"sv, "application/x-bzip2"sv},
    Promise{"xz"sv, "application/x-xz"sv},
    Promise{"7z"sv, "application/x-7z-compressed"sv},
    Promise{"rar"sv, "application/vnd.rar application/x-rar"sv},
    Promise{"zst"sv, "application/zstd"sv},
    Promise{"parquet"sv, "application/vnd.apache.parquet"sv},
    Promise{"sqlite sqlite3"sv, "application/vnd.sqlite3"sv},
    Promise{"bin dat"sv, "*"sv},
    // Text: a name here promises that people can read it, not in which language.
    Promise{"txt text md markdown rst asc log csv tsv json jsonl ndjson geojson ipynb xml xsd xsl "
            "yaml yml toml ini cfg conf properties env html htm xhtml svg css scss less js mjs cjs "
            "jsx ts tsx vue c h cc cpp cxx hpp hh hxx cs java kt kts go rs rb php py py3 pyi pl pm "
            "r lua swift scala dart ex exs erl hs clj jl m mm f f90 asm s sql sh bash zsh fish bat "
            "cmd ps1 psm1 vbs jsp asp aspx tex bib srt vtt ics vcf eml diff patch cmake gradle "
            "proto graphql tf po pot"sv,
            written},
};

bool matches(std::string_view type, std::string_view pattern) {
    if (!pattern.ends_with('*')) return type == pattern;
    return type.starts_with(pattern.substr(0, pattern.size() - 1));
}

// Whether `is_it` holds for one of the words of `list`.
template <class Predicate>
bool any_word(std::string_view list, Predicate is_it) {
    while (!list.empty()) {
        auto const end = std::min(list.find(' '), list.size());
        if (is_it(list.substr(0, end))) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

bool matches_any(std::string_view type, std::string_view patterns) {
    return any_word(patterns, [&](std::string_view pattern) { return matches(type, pattern); });
}

Promise const* promise_of(std::string_view extension) {
    auto const found = std::ranges::find_if(promises, [&](Promise const& promise) {
        return any_word(promise.extensions,
                        [&](std::string_view word) { return word == extension; });
    });
    return found == promises.end() ? nullptr : &*found;
}

}  // namespace

std::span<std::string_view const> type_groups() {
    return group_names;
}

bool is_allowed_type(std::string_view type, std::span<std::string const> allowed) {
    return std::ranges::any_of(allowed, [&](std::string const& word) {
        auto const group = std::ranges::find(groups, word, &Group::name);
        return group != groups.end() ? matches_any(type, group->types) : matches(type, word);
    });
}

bool is_text_type(std::string_view type) {
    return matches_any(type, written);
}

bool is_archive_type(std::string_view type) {
    return matches_any(type, archives);
}

Agreement agreement(std::string_view extension, std::string_view type) {
    auto const* const promise = promise_of(extension);
    if (promise == nullptr) return Agreement::unknown_extension;
    return matches_any(type, promise->types) ? Agreement::agrees : Agreement::disagrees;
}

std::string_view promised_type(std::string_view extension) {
    auto const* const promise = promise_of(extension);
    if (promise == nullptr) return {};
    return promise->types == written ? "text"sv
                                     : promise->types.substr(0, promise->types.find(' '));
}

}  // namespace filegate::ingest
