"""The pages, in their order: `./run dashboards`."""

import streamlit as st

from dashboards import activation, identity

st.set_page_config(page_title="Customer data", layout="wide")
st.navigation(
    [
        st.Page(activation.page, title="Activation", icon=":material/send:", url_path="activation"),
        st.Page(identity.page, title="Identity", icon=":material/group:", url_path="identity"),
    ]
).run()
