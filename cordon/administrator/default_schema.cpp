#include "cordon/administrator/default_schema.h"

namespace cordon::administrator {

namespace {
constexpr char kText[] =
#include "administrator/default_schema.inc"
    ;
}  // namespace

std::string_view default_schema() { return {kText, sizeof kText - 1}; }

}  // namespace cordon::administrator
