# Debian's packages as imported targets. docs/dependencies.md says why each is here.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
pkg_check_modules(TOMLPLUSPLUS REQUIRED tomlplusplus)
find_library(FG_MAGIC_LIBRARY magic REQUIRED)

# Asio and Beast are compiled once, in net/, and stay out of every header outside it.
add_library(asio INTERFACE)
target_link_libraries(asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
    BOOST_ASIO_DISABLE_BOOST_COROUTINE)
add_library(beast INTERFACE)
target_link_libraries(beast INTERFACE asio OpenSSL::SSL)
target_compile_definitions(beast INTERFACE BOOST_BEAST_SEPARATE_COMPILATION)

add_library(json INTERFACE)
target_link_libraries(json INTERFACE Boost::json)
add_library(magic INTERFACE)
target_link_libraries(magic INTERFACE ${FG_MAGIC_LIBRARY})
add_library(tomlplusplus INTERFACE)
target_include_directories(tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIRS})
target_compile_definitions(tomlplusplus INTERFACE TOML_EXCEPTIONS=0)
add_library(CLI11 INTERFACE)
target_link_libraries(CLI11 INTERFACE CLI11::CLI11)
