// The one place where Asio's own code is compiled (BOOST_ASIO_SEPARATE_COMPILATION); everybody else
// sees declarations only, which more than halves the time each unit takes.

#include <boost/asio/impl/src.hpp>
