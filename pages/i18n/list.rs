//! The languages there are. The build reads this, too.

macro_rules! languages {
    ($use:ident) => {
        $use! {
            /// English.
            English en "English";
            /// Chinese, in simplified characters.
            Chinese zh "中文";
            /// German.
            German de "Deutsch";
            /// Spanish.
            Spanish es "Español";
            /// French.
            French fr "Français";
            /// Japanese.
            Japanese ja "日本語";
            /// Portuguese, as in Brazil.
            Portuguese pt "Português";
        }
    };
}
