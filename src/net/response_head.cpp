#include "net/response_head.hpp"

namespace filegate::net {
namespace {

constexpr std::array<std::string_view, 4> server_headers = {"content-length", "transfer-encoding",
                                                            "connection", "x-request-id"};

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_servers_own(std::string_view name) {
    return std::ranges::any_of(server_headers, [&](std::string_view own) {
        return own.size() == name.size() && std::ranges::equal(own, name, {}, {}, lower);
    });
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_token(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return c > ' ' && c < 0x7f && !std::string_view("\"(),/:;<=>?@[\\]{}").contains(c);
    });
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

void append_callers_header(std::string& out, Header const& header) {
    if (!is_token(header.name) || is_servers_own(header.name)) return;
    auto const begin = out.size();
    append_header(out, header.name, header.value);
    std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end() - 2, is_control,
                    ' ');
}

}  // namespace

BodyFraming choose_framing(int status, HttpVersion version, bool is_length_known) {
    if (status < 200 || status == 204 || status == 304) return BodyFraming::none;
    if (is_length_known) return BodyFraming::length;
    return version == HttpVersion::http_1_1 ? BodyFraming::chunked : BodyFraming::until_close;
}

std::string_view DateText::at(WallTime now) {
    auto const second = unix_seconds(now);
    if (second == second_) return text_;
    static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const day = std::chrono::floor<std::chrono::days>(now);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const time(std::chrono::floor<seconds>(now - day));
    second_ = second;
    text_ =
        fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                    days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                    months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                    time.hours().count(), time.minutes().count(), time.seconds().count());
    return text_;
}

void append_response_head(std::string& out, ResponseHeadParts const& parts) {
    // An answer to HTTP/1.0 still names the version the server speaks (RFC 9110 section 2.5).
    out += "HTTP/1.1 ";
    out += fmt::format_int(parts.status).c_str();
    out += ' ';
    out += reason_phrase(parts.status);
    out += "\r\n";
    for (auto const& header : parts.headers.list())
        append_callers_header(out, header);
    // A handler with a clock of its own (the sandbox's) dates its answers by it.
    if (!parts.headers.find("Date")) append_header(out, "Date", parts.date);
    append_header(out, "X-Request-Id", parts.request_id);
    if (parts.framing == BodyFraming::length) {
        append_header(out, "Content-Length", fmt::format_int(parts.content_length).c_str());
    }
    if (parts.framing == BodyFraming::chunked) append_header(out, "Transfer-Encoding", "chunked");
    if (!parts.keeps_alive) append_header(out, "Connection", "close");
    if (parts.keeps_alive && parts.version == HttpVersion::http_1_0) {
        append_header(out, "Connection", "keep-alive");
    }
    out += "\r\n";
}

std::string chunk_head(std::size_t data_bytes) {
    return fmt::format("{:x}\r\n", data_bytes);
}

}  // namespace filegate::net
