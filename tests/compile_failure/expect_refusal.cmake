# cmake -DMESSAGE=REGEX -P expect_refusal.cmake -- COMMAND...: COMMAND succeeds with
# -DMUST_FAIL=0, and fails with MESSAGE with -DMUST_FAIL=1.
set(command "")
set(after_dashes FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE 0 ${last})
  if(after_dashes)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
    set(after_dashes TRUE)
  endif()
endforeach()

execute_process(COMMAND ${command} -DMUST_FAIL=0 RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "refused even without the mistake:\n${said}")
endif()

execute_process(COMMAND ${command} -DMUST_FAIL=1 RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(status EQUAL 0)
  message(FATAL_ERROR "the mistake was accepted")
endif()
string(REGEX REPLACE "[ \n]+" " " said "${said}")  # CMake breaks its messages into lines
if(NOT said MATCHES "${MESSAGE}")
  message(FATAL_ERROR "refused, but not with '${MESSAGE}':\n${said}")
endif()
