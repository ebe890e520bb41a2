# The default policy travels inside the binary, so that 'cordon init' works wherever it is installed.
file(READ ${PROJECT_SOURCE_DIR}/policies/sbi.cedar CORDON_DEFAULT_POLICY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/policies/sbi.cedar)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/app/default_policy.inc @ONLY CONTENT
"R\"cedar(@CORDON_DEFAULT_POLICY@)cedar\"
")
