#pragma once
// Result<T>: a value or an Error. TRY unwraps in a function, CO_TRY in a coroutine:
//
//   CO_TRY(auto blob, co_await store.put(...));   // returns the error, or names the value
//   CO_TRY(co_await store.remove(...));           // for Result<void>

#include <expected>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace filegate {

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Error error) {
    return std::unexpected(std::move(error));
}

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string detail = {}) {
    return std::unexpected(
        Error{.code = code, .message = std::move(message), .detail = std::move(detail)});
}

}  // namespace filegate

#define FG_JOIN_(a, b) a##b
#define FG_JOIN(a, b) FG_JOIN_(a, b)
#define FG_PICK_(_1, _2, chosen, ...) chosen
#define FG_TRY_VALUE_(leave, result, declaration, expression)      \
    auto result = (expression);                                    \
    if (!result) leave std::unexpected(std::move(result).error()); \
    declaration = *std::move(result)
#define FG_TRY_VOID_(leave, result, expression) \
    if (auto result = (expression); !result) leave std::unexpected(std::move(result).error())
#define FG_TRY_2(declaration, expression) \
    FG_TRY_VALUE_(return, FG_JOIN(fg_result_, __COUNTER__), declaration, expression)
#define FG_TRY_1(expression) FG_TRY_VOID_(return, FG_JOIN(fg_result_, __COUNTER__), expression)
#define FG_CO_TRY_2(declaration, expression) \
    FG_TRY_VALUE_(co_return, FG_JOIN(fg_result_, __COUNTER__), declaration, expression)
#define FG_CO_TRY_1(expression) \
    FG_TRY_VOID_(co_return, FG_JOIN(fg_result_, __COUNTER__), expression)
#define TRY(...) FG_PICK_(__VA_ARGS__, FG_TRY_2, FG_TRY_1, )(__VA_ARGS__)
#define CO_TRY(...) FG_PICK_(__VA_ARGS__, FG_CO_TRY_2, FG_CO_TRY_1, )(__VA_ARGS__)
